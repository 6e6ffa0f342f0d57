// Opens a user's files with the user's own rights. A bind mount that root opens by path would let
// people read below directories that they may not enter, and root may not even get into an NFS
// home. Nor does root ask a user's file system anything: one that never answers would hold it
// forever, while a child can be given up.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/child.hpp"
#include "spank_plugin/privileges.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Something of the user's to open. A path is resolved as the user, relative to the current
/// directory.
struct UserFile {
  enum class Kind {
    place,       ///< O_PATH: the source of a mount
    digest,      ///< of a regular file's bytes
    scratch,     ///< a folder to be made (0700, must not exist), opened and locked (flock)
    to_be_made,  ///< a file that is not there yet, in a folder where the user may make it
  };
  std::string path;
  Kind kind{Kind::place};
};

struct OpenedUserFile {
  UniqueFd place;  ///< for place and scratch
  bool is_folder{false};
  /// For digest: SHA-256 of a file that is no larger than a lock can be, else empty.
  std::optional<Digest> digest;
  int error_number{0};  ///< why it could not be opened, else 0
};

/// How long root waits for a user's file system, unless the caller says otherwise: longer than a
/// slow automounter takes, shorter than the job's time.
inline constexpr std::chrono::seconds patience_with_user_files{120};

/// Forks a child that becomes `account` for good and opens `files` in order. An error means that
/// the child itself failed, or that a file system did not answer in time; each file's own failure
/// is in its place. Gives up when the step is cancelled.
Result<std::vector<OpenedUserFile>> open_as_user(const Attached&, const Account& account,
                                                 const std::vector<UserFile>& files,
                                                 Patience patience = patience_with_user_files);

/// The same for one place inside the folder `root`, as a process chrooted to it would find it.
Result<OpenedUserFile> open_in_root_as_user(const Attached&, const Account& account, int root,
                                            const std::string& path,
                                            Patience patience = patience_with_user_files);

/// Removes scratch folders as the user: `scratch`, and those beside it whose builds are gone, which
/// shows in that nobody holds their lock. What cannot be removed stays; a file system that does not
/// answer is given up.
void remove_scratch_as_user(const Attached&, const Account& account, const std::string& scratch,
                            const std::string& prefix);

/// In slurmstepd: removes a file as the user, if it is there. A file system that does not answer is
/// given up.
void remove_as_user(const Account& account, const std::string& file);

}  // namespace chainer
