#include "spank_plugin/kernel_mount.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/child_end.hpp"
#include "core/container/fs_context.hpp"
#include "core/fd_io.hpp"
#include "core/result.hpp"
#include "spank_plugin/loop_device.hpp"

namespace chainer {
namespace {

/// Lines of /proc/PID/uid_map that swap `id` and 0 and leave the rest alone.
std::string swap_with_root(unsigned id) {
  const auto line = [](std::uint64_t inside, std::uint64_t outside, std::uint64_t count) {
    if (count == 0) return std::string();
    return std::to_string(inside) + " " + std::to_string(outside) + " " + std::to_string(count) +
           "\n";
  };
  if (id == 0) return line(0, 0, 0xffffffff);
  return line(0, id, 1) + line(1, 1, id - 1) + line(id, 0, 1) +
         line(id + std::uint64_t{1}, id + std::uint64_t{1}, 0xffffffff - std::uint64_t{id} - 1);
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return Error::from_errno("cannot open " + path, errno);
  return write_all(fd.get(), text);
}

/// A user namespace with the given maps, held by its descriptor alone.
Result<UniqueFd> make_user_namespace(uid_t uid, gid_t gid) {
  // The child does nothing but hold the namespace until its descriptor is open.
  const auto child = static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child < 0) return Error::from_errno("cannot make a user namespace", errno);
  if (child == 0) {
    for (;;) ::pause();
  }
  const std::string process = "/proc/" + std::to_string(child);
  auto mapped = write_file(process + "/uid_map", swap_with_root(uid));
  if (mapped) mapped = write_file(process + "/gid_map", swap_with_root(gid));
  UniqueFd fd(::open((process + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  const int open_error = errno;
  ::kill(child, SIGKILL);
  wait_for_end(child);
  if (!mapped) return std::move(mapped).error();
  if (!fd) return Error::from_errno("cannot open the user namespace", open_error);
  return fd;
}

}  // namespace

Result<UniqueFd> mount_squashfs(int file, const Account& reader, MountFlags flags) {
  TRY_ASSIGN(auto loop, LoopDevice::attach(file, reader));
  TRY_ASSIGN(auto context, FsContext::open("squashfs"));
  TRY(context.set("source", loop.path()));
  TRY(context.set_flag("ro"));
  return context.mount(read_only(flags));
}

Result<void> map_root_to(int tree, uid_t uid, gid_t gid) {
  TRY_ASSIGN(auto user_namespace, make_user_namespace(uid, gid));
  mount_attr attributes{.attr_set = MOUNT_ATTR_IDMAP,
                        .attr_clr = 0,
                        .propagation = 0,
                        .userns_fd = static_cast<std::uint64_t>(user_namespace.get())};
  if (::mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0) return {};
  return Error::from_errno("cannot map the image's files to the user", errno);
}

}  // namespace chainer
