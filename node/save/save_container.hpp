// What `chainer-node user-side save` does, as the user, when a step with --chainer-save has ended.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "node/wire/message.hpp"

namespace chainer::save {

struct Container {
  std::string label;  ///< "node n1, step 12.0"
  UniqueFd root;      ///< its root folder, without what is mounted in it
  /// What the file is called until it is whole, where the file system wants a name for it.
  std::string unfinished;
  /// Of its account files, what the node has put in front because of the user: it is not saved.
  std::string passwd_lines{}, group_lines{};
};

/// Writes the container as the squashfs file `file`, which must not be there yet: whole, or not at
/// all. Says how far it is, and what it could not read.
Result<void> save_container(Container container, const std::string& file, const wire::Say& say);

}  // namespace chainer::save
