#include "core/container/root_folder.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "core/fd_io.hpp"
#include "core/open_beneath.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_name_file = 4 * 1024 * 1024;
// Room for mount points, /etc/passwd and /etc/group. A writable container's layer is bounded by the
// job's memory instead, which is where its pages are charged.
constexpr auto small_staging = ByteSize::from_bytes(16 * 1024 * 1024);

Result<std::string> read_name_file(int root, const char* path) {
  const UniqueFd file(open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return std::string();  // an image without users has none to lose
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::string();
  return read_all(file.get(), largest_name_file);
}

/// The host's /dev among the binds; once attached, its descriptor is where it lies.
Result<int> dev_of(const std::vector<Bind>& binds) {
  const auto dev = std::ranges::find(binds, "/dev", &Bind::destination);
  if (dev == binds.end()) return Error{"cannot find the host's /dev", ""};
  return dev->tree.get();
}

Result<void> make_it_the_root(int root) {
  if (::fchdir(root) != 0) return Error::from_errno("cannot enter the container's root", errno);
  // "." over ".": the old root ends up on top of the new one and is taken off again.
  if (::syscall(SYS_pivot_root, ".", ".") != 0)
    return Error::from_errno("cannot pivot to the container's root", errno);
  if (::umount2(".", MNT_DETACH) != 0)
    return Error::from_errno("cannot let go of the host's root", errno);
  if (::chdir("/") != 0) return Error::from_errno("cannot enter the container's root", errno);
  return {};
}

}  // namespace

Result<Staging> Staging::over(int place, const std::string& path, const RootParts& parts) {
  TRY_ASSIGN(auto tree,
             mount_tmpfs(parts.writable ? unbounded_tmpfs : small_staging, 0700, nosuid_nodev()));
  TRY(attach(tree.get(), place));
  Staging staging(path, std::move(tree));
  for (const auto* name : {"lower", "upper", "work", "root"}) TRY(staging.make_folder(name));
  return staging;
}

Result<void> Staging::make_folder(const char* name) const {
  if (::mkdirat(tree_.get(), name, 0755) == 0) return {};
  return Error::from_errno("cannot make " + path_of(name), errno);
}

Result<UniqueFd> Staging::open_folder(const char* name) const {
  UniqueFd fd(::openat(tree_.get(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return Error::from_errno("cannot open " + path_of(name), errno);
  return fd;
}

Result<UniqueFd> Staging::file_mount(const char* name, std::string_view text) const {
  const UniqueFd file(::openat(tree_.get(), name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return Error::from_errno("cannot make " + path_of(name), errno);
  TRY(write_all(file.get(), text));
  if (::fchmod(file.get(), 0644) != 0)
    return Error::from_errno("cannot chmod " + path_of(name), errno);
  return clone_tree(file.get(), read_only(nosuid_nodev()));
}

Result<void> add_name_files(int image, const Staging& staging, RootParts& parts) {
  const struct {
    const char* name;
    const char* path;
    const std::string& lines;
  } files[] = {{"passwd", "/etc/passwd", parts.names.passwd_line},
               {"group", "/etc/group", parts.names.group_lines}};
  for (const auto& file : files) {
    auto of_image = read_name_file(image, file.path);
    if (!of_image)
      return std::move(of_image).error().within(std::string("cannot read the image's ") +
                                                file.path);
    TRY_ASSIGN(auto tree, staging.file_mount(file.name, merge_names(file.lines, *of_image)));
    parts.binds.insert(parts.binds.begin(), Bind{std::move(tree), Bind::Kind::file, file.path,
                                                 Bind::Standing::replaceable});
  }
  for (const auto& file : parts.files) {
    TRY_ASSIGN(auto tree, staging.file_mount(file.name.c_str(), file.text));
    parts.binds.push_back(Bind{std::move(tree), Bind::Kind::file, file.destination});
  }
  return {};
}

bool needs_layer(int image, const RootParts& parts) {
  return parts.writable || std::ranges::any_of(parts.binds, [&](const Bind& bind) {
           return lacks(image, bind.destination);
         });
}

Result<UniqueFd> put_layer_over(int image, const Staging& staging, CopyUp copy_up, MountedBy by) {
  TRY_ASSIGN(const auto lower, staging.open_folder("lower"));
  TRY(attach(image, lower.get()));
  // The overlay's root takes its owner and mode from the upper folder.
  struct stat status {};
  if (::fstat(image, &status) != 0) return Error::from_errno("cannot stat the image's root", errno);
  if (::fchownat(staging.fd(), "upper", status.st_uid, status.st_gid, 0) != 0 ||
      ::fchmodat(staging.fd(), "upper", status.st_mode & 07777, 0) != 0) {
    return Error::from_errno("cannot prepare the writable layer", errno);
  }
  return mount_overlay(staging.path_of("lower"), staging.path_of("upper"), staging.path_of("work"),
                       copy_up, by, nosuid_nodev());
}

Result<void> attach_shm(int dev, ByteSize size) {
  TRY_ASSIGN(const auto tree, mount_tmpfs(size, 01777, nosuid_nodev()));
  return attach_beneath(dev, "shm", tree.get());
}

Result<void> enter_root(int root, const Staging& staging, RootParts& parts,
                        const MountPoints::OpenAsUser& open_as_user) {
  TRY_ASSIGN(const auto place, staging.open_folder("root"));
  TRY(attach(root, place.get()));
  TRY_ASSIGN(const int dev, dev_of(parts.binds));
  MountPoints mount_points(root, open_as_user);
  TRY(mount_points.attach_all(parts.binds));
  TRY(attach_shm(dev, parts.shm_size));
  if (!parts.writable) TRY(set_flags(root, read_only(nosuid_nodev())));
  return make_it_the_root(root);
}

}  // namespace chainer
