#include "spank_plugin/kernel_mount.hpp"

#include <fcntl.h>
#include <sys/mount.h>

#include "core/container/fs_context.hpp"
#include "core/result.hpp"
#include "spank_plugin/loop_device.hpp"
#include "spank_plugin/user_namespace.hpp"

namespace chainer {
Result<UniqueFd> mount_squashfs(int file, const Account& reader, MountFlags flags) {
  TRY_ASSIGN(auto loop, LoopDevice::attach(file, reader));
  TRY_ASSIGN(auto context, FsContext::open("squashfs"));
  TRY(context.set("source", loop.path()));
  TRY(context.set_flag("ro"));
  return context.mount(read_only(flags));
}

Result<void> map_root_to(int tree, uid_t uid, gid_t gid) {
  TRY_ASSIGN(const auto user_namespace,
             make_user_namespace({IdMap::swap_with_root(uid), IdMap::swap_with_root(gid)}));
  mount_attr attributes{.attr_set = MOUNT_ATTR_IDMAP,
                        .attr_clr = 0,
                        .propagation = 0,
                        .userns_fd = static_cast<std::uint64_t>(user_namespace.get())};
  if (::mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0) return {};
  return Error::from_errno("cannot map the image's files to the user", errno);
}

}  // namespace chainer
