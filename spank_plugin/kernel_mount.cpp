#include "spank_plugin/kernel_mount.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/result.hpp"
#include "spank_plugin/loop_device.hpp"

namespace chainer {
namespace {

/// A file system context being configured. The kernel keeps its own words about a failure in the
/// context's log; they say more than errno.
class FsContext {
 public:
  static Result<FsContext> open(const char* type) {
    UniqueFd fd(::fsopen(type, FSOPEN_CLOEXEC));
    if (!fd) return Error::from_errno(std::string("cannot use the file system ") + type, errno);
    return FsContext(type, std::move(fd));
  }

  Result<void> set(const char* key, const std::string& value) {
    return configure(FSCONFIG_SET_STRING, key, value.c_str());
  }
  Result<void> set_flag(const char* key) { return configure(FSCONFIG_SET_FLAG, key, nullptr); }

  Result<UniqueFd> mount(MountFlags flags) {
    TRY(configure(FSCONFIG_CMD_CREATE, nullptr, nullptr));
    UniqueFd tree(::fsmount(fd_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(flags.set)));
    if (!tree) return failed(errno);
    return tree;
  }

 private:
  FsContext(const char* type, UniqueFd fd) : type_(type), fd_(std::move(fd)) {}

  Result<void> configure(fsconfig_command command, const char* key, const char* value) {
    if (::fsconfig(fd_.get(), command, key, value, 0) == 0) return {};
    return failed(errno);
  }

  Error failed(int error_number) const {
    auto error = Error::from_errno(std::string("cannot mount ") + type_, error_number);
    std::array<char, 512> line{};
    const ssize_t got = ::read(fd_.get(), line.data(), line.size());
    // Lines look like "e lower layer not found\n": a letter for the severity, then the words.
    if (got > 2) {
      std::string words(line.data() + 2, static_cast<std::size_t>(got - 2));
      while (words.ends_with('\n')) words.pop_back();
      error.what += " (" + words + ")";
    }
    return error;
  }

  const char* type_;
  UniqueFd fd_;
};

Result<void> set_attributes(int tree, const mount_attr& attributes, unsigned flags) {
  mount_attr copy = attributes;
  if (::mount_setattr(tree, "", AT_EMPTY_PATH | flags, &copy, sizeof copy) == 0) return {};
  return Error::from_errno("cannot set mount attributes", errno);
}

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

MountFlags nosuid() { return {MOUNT_ATTR_NOSUID}; }
MountFlags nosuid_nodev() { return {MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV}; }
MountFlags read_only(MountFlags flags) { return {flags.set | MOUNT_ATTR_RDONLY}; }

Result<UniqueFd> mount_squashfs(int file, const Account& reader, MountFlags flags) {
  TRY_ASSIGN(auto loop, LoopDevice::attach(file, reader));
  TRY_ASSIGN(auto context, FsContext::open("squashfs"));
  TRY(context.set("source", loop.path()));
  TRY(context.set_flag("ro"));
  return context.mount(read_only(flags));
}

Result<UniqueFd> mount_tmpfs(ByteSize size, mode_t mode, MountFlags flags) {
  constexpr char octal[] = "01234567";
  const std::string mode_text{octal[mode >> 9 & 7], octal[mode >> 6 & 7], octal[mode >> 3 & 7],
                              octal[mode & 7]};
  TRY_ASSIGN(auto context, FsContext::open("tmpfs"));
  TRY(context.set("source", "chainer"));
  TRY(context.set("size", std::to_string(size.bytes())));
  TRY(context.set("mode", mode_text));
  return context.mount(flags);
}

Result<UniqueFd> mount_overlay(const std::string& lower, const std::string& upper,
                               const std::string& work, CopyUp copy_up, MountFlags flags) {
  TRY_ASSIGN(auto context, FsContext::open("overlay"));
  const std::pair<const char*, const std::string&> settings[] = {
      {"lowerdir", lower}, {"upperdir", upper}, {"workdir", work}};
  TRY(context.set("source", "chainer"));
  for (const auto& [key, value] : settings) {
    TRY(context.set(key, value));
  }
  if (copy_up == CopyUp::metadata) {
    TRY(context.set("metacopy", "on"));
  }
  return context.mount(flags);
}

Result<UniqueFd> clone_tree(int fd, MountFlags flags, LaterMounts later) {
  UniqueFd tree(
      ::open_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree) return Error::from_errno("cannot clone the mount", errno);
  const std::uint64_t propagation = later == LaterMounts::arrive ? MS_SLAVE : MS_PRIVATE;
  const mount_attr attributes{
      .attr_set = flags.set, .attr_clr = 0, .propagation = propagation, .userns_fd = 0};
  TRY(set_attributes(tree.get(), attributes, AT_RECURSIVE));
  return tree;
}

Result<void> map_root_to(int tree, uid_t uid, gid_t gid) {
  TRY_ASSIGN(auto user_namespace, make_user_namespace(uid, gid));
  const mount_attr attributes{.attr_set = MOUNT_ATTR_IDMAP,
                              .attr_clr = 0,
                              .propagation = 0,
                              .userns_fd = static_cast<std::uint64_t>(user_namespace.get())};
  if (auto set = set_attributes(tree, attributes, 0); !set) {
    return std::move(set).error().within("cannot map the image's files to the user");
  }
  return {};
}

Result<void> set_flags(int tree, MountFlags flags) {
  return set_attributes(
      tree, {.attr_set = flags.set, .attr_clr = 0, .propagation = 0, .userns_fd = 0}, 0);
}

Result<void> make_private(int tree) {
  return set_attributes(
      tree, {.attr_set = 0, .attr_clr = 0, .propagation = MS_PRIVATE, .userns_fd = 0}, 0);
}

Result<void> attach(int tree, int destination) {
  if (::move_mount(tree, "", destination, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) ==
      0) {
    return {};
  }
  return Error::from_errno("cannot attach the mount", errno);
}

}  // namespace chainer
