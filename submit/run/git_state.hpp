// Which commit a source folder belongs to.
#pragma once

#include <optional>
#include <string>

#include "submit/run/process.hpp"

namespace chainer::run {

struct GitState {
  std::string commit;  ///< hexadecimal digits
  /// Whether the folder and the commit differ; nothing where that cannot be found out.
  std::optional<bool> is_dirty{};
};

/// Nothing when the folder is not in a repository, or in one without a commit. Only a repository's
/// data is believed: its configuration is not read, so that no program that it names is started,
/// and only a repository of the user's own is compared with the folder.
std::optional<GitState> git_state(const std::string& folder, ProcessRunner& processes);

}  // namespace chainer::run
