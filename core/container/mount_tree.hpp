// The kernel's mount API by descriptors (fsopen, fsmount, open_tree, move_mount): no path is
// resolved twice, and nothing becomes visible before its attributes are set.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/byte_size.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// MOUNT_ATTR_* bits that every mount of ours carries, and those that some add.
struct MountFlags {
  std::uint64_t set;
};
MountFlags nosuid();        ///< for /dev, where devices must work
MountFlags nosuid_nodev();  ///< everything else
MountFlags read_only(MountFlags flags);

/// How many files a tmpfs may hold. Empty ones take none of its bytes, but memory of the kernel's.
enum class TmpfsFiles {
  as_usual,    ///< the kernel's default, which goes by the machine's memory
  one_a_page,  ///< of its size
};

/// A detached tmpfs; `mode` of its root.
Result<UniqueFd> mount_tmpfs(ByteSize size, mode_t mode, MountFlags flags,
                             TmpfsFiles files = TmpfsFiles::as_usual);

/// The size of a tmpfs that the job's memory bounds, where its pages are charged.
inline constexpr auto unbounded_tmpfs = ByteSize::from_bytes(std::uint64_t{1} << 40);

/// A detached view of the processes of this PID namespace.
Result<UniqueFd> mount_proc();

/// What an overlay copies of a file whose owner or mode changes.
enum class CopyUp {
  whole,
  metadata,  ///< its data stays below until it is written: for many changes of owners
};

/// Who mounts an overlay: its own notes are kept in attributes that only root may set, or any user.
enum class MountedBy { root, user };

/// A detached overlay; the paths are seen from the calling process.
Result<UniqueFd> mount_overlay(const std::string& lower, const std::string& upper,
                               const std::string& work, CopyUp copy_up, MountedBy by,
                               MountFlags flags);

/// A detached overlay that nobody can write into, of layers from the top; paths as above.
Result<UniqueFd> mount_read_only_overlay(const std::vector<std::string>& layers, MountFlags flags);

/// What becomes of what the host mounts below a tree after it was cloned. It arrives with the
/// host's flags, whatever the tree's are: setuid programs and devices would work there.
enum class LaterMounts { stay_out, arrive };

/// A detached copy of the tree at `fd` (O_PATH is enough) with its submounts, all of them with the
/// flags. Nothing that is mounted in the copy goes back. No file system is asked anything.
Result<UniqueFd> clone_tree(int fd, MountFlags flags, LaterMounts later = LaterMounts::stay_out);

/// Sets attributes on this one mount, not on those below it.
Result<void> set_flags(int tree, MountFlags flags);

/// What is mounted below it later reaches no other namespace.
Result<void> make_private(int tree);

/// Attaches a detached tree over `destination`.
Result<void> attach(int tree, int destination);

/// The same over `name` in `folder`, which this process has made: a link is not followed.
Result<void> attach_at(int tree, int folder, const char* name);

}  // namespace chainer
