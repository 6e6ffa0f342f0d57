// The kernel's mount API by descriptors (fsopen, fsmount, open_tree, move_mount): no path is
// resolved twice, and nothing becomes visible before its attributes are set.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "core/byte_size.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {

/// MOUNT_ATTR_* bits that every mount of ours carries, and those that some add.
struct MountFlags {
  std::uint64_t set;
};
MountFlags nosuid();        ///< for /dev, where devices must work
MountFlags nosuid_nodev();  ///< everything else
MountFlags read_only(MountFlags flags);

/// A squashfs file as a detached, read-only mount over a loop device that frees itself. `reader` is
/// the account that may read the file.
Result<UniqueFd> mount_squashfs(int file, const Account& reader, MountFlags flags);

/// A detached tmpfs; `mode` of its root.
Result<UniqueFd> mount_tmpfs(ByteSize size, mode_t mode, MountFlags flags);

/// What an overlay copies of a file whose owner or mode changes.
enum class CopyUp {
  whole,
  metadata,  ///< its data stays below until it is written: for many changes of owners
};

/// A detached overlay; the paths are seen from the calling process.
Result<UniqueFd> mount_overlay(const std::string& lower, const std::string& upper,
                               const std::string& work, CopyUp copy_up, MountFlags flags);

/// What the host mounts below a tree after it was cloned. It comes with the host's flags, whatever
/// the tree's are: setuid programs and devices would work there.
enum class LaterMounts { stay_out, arrive };

/// A detached copy of the tree at `fd` (O_PATH is enough) with its submounts, all of them with the
/// flags. Nothing that is mounted in the copy goes back. No file system is asked anything.
Result<UniqueFd> clone_tree(int fd, MountFlags flags, LaterMounts later = LaterMounts::stay_out);

/// The mount's uid 0 and gid 0 become `uid` and `gid` and the other way round; what is not mapped
/// by that stays as it is. Only for a detached mount of a file system that allows it
/// (squashfs, 6.2).
Result<void> map_root_to(int tree, uid_t uid, gid_t gid);

/// Sets attributes on this one mount, not on those below it.
Result<void> set_flags(int tree, MountFlags flags);

/// What is mounted below it later reaches no other namespace.
Result<void> make_private(int tree);

/// Attaches a detached tree over `destination`.
Result<void> attach(int tree, int destination);

}  // namespace chainer
