#include "core/container/mount_tree.hpp"

#include <fcntl.h>
#include <sys/mount.h>

#include <utility>

#include "core/container/fs_context.hpp"

namespace chainer {
namespace {

Result<void> set_attributes(int tree, const mount_attr& attributes, unsigned flags) {
  mount_attr copy = attributes;
  if (::mount_setattr(tree, "", AT_EMPTY_PATH | flags, &copy, sizeof copy) == 0) return {};
  return Error::from_errno("cannot set mount attributes", errno);
}

}  // namespace

MountFlags nosuid() { return {MOUNT_ATTR_NOSUID}; }
MountFlags nosuid_nodev() { return {MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV}; }
MountFlags read_only(MountFlags flags) { return {flags.set | MOUNT_ATTR_RDONLY}; }

Result<UniqueFd> mount_tmpfs(ByteSize size, mode_t mode, MountFlags flags, TmpfsFiles files) {
  constexpr char octal[] = "01234567";
  const std::string mode_text{octal[mode >> 9 & 7], octal[mode >> 6 & 7], octal[mode >> 3 & 7],
                              octal[mode & 7]};
  TRY_ASSIGN(auto context, FsContext::open("tmpfs"));
  TRY(context.set("source", "chainer"));
  TRY(context.set("size", std::to_string(size.bytes())));
  if (files == TmpfsFiles::one_a_page)
    TRY(context.set("nr_inodes", std::to_string(size.bytes() / 4096 + 1)));
  TRY(context.set("mode", mode_text));
  return context.mount(flags);
}

Result<UniqueFd> mount_proc() {
  TRY_ASSIGN(auto context, FsContext::open("proc"));
  TRY(context.set("source", "proc"));
  return context.mount({MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC});
}

Result<UniqueFd> mount_overlay(const std::string& lower, const std::string& upper,
                               const std::string& work, CopyUp copy_up, MountedBy by,
                               MountFlags flags) {
  const std::pair<const char*, const std::string&> settings[] = {
      {"lowerdir", lower}, {"upperdir", upper}, {"workdir", work}};
  TRY_ASSIGN(auto context, FsContext::open("overlay"));
  TRY(context.set("source", "chainer"));
  for (const auto& [key, value] : settings) TRY(context.set(key, value));
  if (copy_up == CopyUp::metadata) TRY(context.set("metacopy", "on"));
  if (by == MountedBy::user) TRY(context.set_flag("userxattr"));
  return context.mount(flags);
}

Result<UniqueFd> mount_read_only_overlay(const std::vector<std::string>& layers, MountFlags flags) {
  std::string lower;
  for (const auto& layer : layers) lower += (lower.empty() ? "" : ":") + layer;
  TRY_ASSIGN(auto context, FsContext::open("overlay"));
  TRY(context.set("source", "chainer"));
  TRY(context.set("lowerdir", lower));
  return context.mount(read_only(flags));
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

Result<void> set_flags(int tree, MountFlags flags) {
  return set_attributes(
      tree, {.attr_set = flags.set, .attr_clr = 0, .propagation = 0, .userns_fd = 0}, 0);
}

Result<void> make_private(int tree) {
  return set_attributes(
      tree, {.attr_set = 0, .attr_clr = 0, .propagation = MS_PRIVATE, .userns_fd = 0}, 0);
}

Result<void> attach_at(int tree, int folder, const char* name) {
  if (::move_mount(tree, "", folder, name, MOVE_MOUNT_F_EMPTY_PATH) == 0) return {};
  return Error::from_errno("cannot attach the mount", errno);
}

Result<void> attach(int tree, int destination) {
  if (::move_mount(tree, "", destination, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) ==
      0) {
    return {};
  }
  return Error::from_errno("cannot attach the mount", errno);
}

}  // namespace chainer
