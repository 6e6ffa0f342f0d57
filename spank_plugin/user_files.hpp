// Opens a user's files with the user's own rights. A bind mount that root opens by path would let
// people read below directories that they may not enter, and root may not even get into an NFS
// home.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/privileges.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Something of the user's to open. A path is resolved as the user, relative to the current
/// directory.
struct UserFile {
  enum class Kind {
    place,    ///< O_PATH: the source of a mount
    digest,   ///< of a regular file's bytes
    scratch,  ///< a folder to be made (0700, must not exist), then O_PATH
  };
  std::string path;
  Kind kind{Kind::place};
};

struct OpenedUserFile {
  UniqueFd place;  ///< for place and scratch
  /// For digest: SHA-256 of a file that is no larger than a lock can be, else empty.
  std::optional<Digest> digest;
  int error_number{0};  ///< why it could not be opened, else 0
};

/// Forks a child that becomes `account` for good and opens `files` in order. An error means that
/// the child itself failed; each file's own failure is in its place. Gives up when the step is
/// cancelled.
Result<std::vector<OpenedUserFile>> open_as_user(const Attached&, const Account& account,
                                                 const std::vector<UserFile>& files);

}  // namespace chainer
