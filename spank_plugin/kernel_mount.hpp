// The mounts that only root can make: a squashfs file, and files whose owners are mapped.
#pragma once

#include <sys/types.h>

#include "core/account.hpp"
#include "core/container/mount_tree.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// A squashfs file as a detached, read-only mount over a loop device that frees itself. `reader` is
/// the account that may read the file.
Result<UniqueFd> mount_squashfs(int file, const Account& reader, MountFlags flags);

/// Swaps uid 0 and gid 0 of the mount with `uid` and `gid`; all other ids stay as they are. Only
/// for a detached mount of a file system that allows it (squashfs: since Linux 6.2).
Result<void> map_root_to(int tree, uid_t uid, gid_t gid);

}  // namespace chainer
