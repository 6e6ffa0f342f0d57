// Which commit a source folder is of.
#pragma once

#include <optional>
#include <string>

#include "submit/run/process.hpp"

namespace chainer::run {

struct GitState {
  std::string commit;  ///< hexadecimal digits
  /// Whether the folder holds what the commit does not, or the other way round; nothing where
  /// nobody can tell.
  std::optional<bool> is_dirty{};
};

/// Nothing when the folder is in no repository, or in one without a commit. A repository is
/// believed in nothing but its data: no configuration of its own is read, so that no program that it
/// names is started, and only one of the user's own is compared with the folder.
std::optional<GitState> git_state(const std::string& folder, ProcessRunner& processes);

}  // namespace chainer::run
