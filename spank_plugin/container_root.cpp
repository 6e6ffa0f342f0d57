#include "spank_plugin/container_root.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "core/fd_io.hpp"
#include "core/open_beneath.hpp"
#include "core/result.hpp"
#include "spank_plugin/kernel_mount.hpp"
#include "spank_plugin/mount_points.hpp"
#include "spank_plugin/namespace_builder.hpp"
#include "spank_plugin/owned_files.hpp"
#include "spank_plugin/roots_folder.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_name_file = 4 * 1024 * 1024;
// Room for mount points, /etc/passwd and /etc/group. A writable container's layer is bounded by the
// job's memory instead, which is where its pages are charged.
constexpr auto staging_size = ByteSize::from_bytes(16 * 1024 * 1024);
constexpr auto writable_size = ByteSize::from_bytes(std::uint64_t{1} << 40);

Result<std::string> read_name_file(int root, const char* path) {
  const UniqueFd file(open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return std::string();  // an image without users has none to lose
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::string();
  return read_all(file.get(), largest_name_file);
}

/// The folder where the new root is put together: a tmpfs of its own over `root` in the plugin's
/// folder on the node.
class Staging {
 public:
  static Result<Staging> create(const std::string& run_dir, ByteSize size) {
    const std::string path = run_dir + "/root";
    TRY(own_folder(run_dir, 0755));
    TRY_ASSIGN(const auto place, own_folder(path, 0700));
    TRY_ASSIGN(auto tree, mount_tmpfs(size, 0700, nosuid_nodev()));
    TRY(attach(tree.get(), place.get()));
    for (const auto* name : {"lower", "upper", "work", "root"}) {
      if (::mkdirat(tree.get(), name, 0755) != 0) {
        return Error::from_errno("cannot make " + path + "/" + name, errno);
      }
    }
    return Staging(path, std::move(tree));
  }

  std::string path_of(const char* name) const { return path_ + "/" + name; }
  int fd() const { return tree_.get(); }

  Result<UniqueFd> open_folder(const char* name) const {
    UniqueFd fd(::openat(tree_.get(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return Error::from_errno("cannot open " + path_of(name), errno);
    return fd;
  }

  /// A small file with `text`, as a detached read-only mount.
  Result<UniqueFd> file_mount(const char* name, std::string_view text) const {
    const UniqueFd file(::openat(tree_.get(), name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file) return Error::from_errno("cannot make " + path_of(name), errno);
    TRY(write_all(file.get(), text));
    if (::fchmod(file.get(), 0644) != 0)
      return Error::from_errno("cannot chmod " + path_of(name), errno);
    return clone_tree(file.get(), read_only(nosuid_nodev()));
  }

 private:
  Staging(std::string path, UniqueFd tree) : path_(std::move(path)), tree_(std::move(tree)) {}
  std::string path_;
  UniqueFd tree_;
};

bool lacks_a_mount_point(int image, const std::vector<Bind>& binds) {
  return std::ranges::any_of(binds,
                             [&](const Bind& bind) { return lacks(image, bind.destination); });
}

Result<UniqueFd> overlay_over(int image, const Staging& staging, CopyUp copy_up) {
  TRY_ASSIGN(auto lower, staging.open_folder("lower"));
  TRY(attach(image, lower.get()));
  // The overlay's root takes its owner and mode from the upper folder.
  struct stat status {};
  if (::fstat(image, &status) != 0) return Error::from_errno("cannot stat the image's root", errno);
  if (::fchownat(staging.fd(), "upper", status.st_uid, status.st_gid, 0) != 0 ||
      ::fchmodat(staging.fd(), "upper", status.st_mode & 07777, 0) != 0) {
    return Error::from_errno("cannot prepare the writable layer", errno);
  }
  return mount_overlay(staging.path_of("lower"), staging.path_of("upper"), staging.path_of("work"),
                       copy_up, nosuid_nodev());
}

/// Over the /dev/shm of `dev`, a mount or folder of the host's own: no link of an image or a user's
/// leads elsewhere.
Result<void> attach_shm(int dev, ByteSize size) {
  TRY_ASSIGN(auto tree, mount_tmpfs(size, 01777, nosuid_nodev()));
  return attach_beneath(dev, "shm", tree.get());
}

/// The host's /dev among the binds; once attached, its descriptor is where it lies.
Result<int> dev_of(const std::vector<Bind>& binds) {
  const auto dev = std::ranges::find(binds, "/dev", &Bind::destination);
  if (dev == binds.end()) return Error{"cannot find the host's /dev", ""};
  return dev->tree.get();
}

Result<void> add_name_files(int root, const Staging& staging, const UserNames& names,
                            std::vector<Bind>& binds) {
  const struct {
    const char* name;
    const char* path;
    const std::string& lines;
  } files[] = {{"passwd", "/etc/passwd", names.passwd_line},
               {"group", "/etc/group", names.group_lines}};
  for (const auto& file : files) {
    auto of_image = read_name_file(root, file.path);
    if (!of_image)
      return std::move(of_image).error().within(std::string("cannot read the image's ") +
                                                file.path);
    TRY_ASSIGN(auto tree, staging.file_mount(file.name, merge_names(file.lines, *of_image)));
    binds.insert(binds.begin(),
                 Bind{std::move(tree), Bind::Kind::file, file.path, Bind::Standing::replaceable});
  }
  return {};
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

Result<void> assemble(const Attached& attached_task, UniqueFd image, ContainerParts& parts) {
  const bool gives_back = parts.writable && may_hold_files_of(parts.account, image.get());
  if (parts.writable) {
    if (auto mapped = map_root_to(image.get(), parts.account.uid, parts.account.gid); !mapped) {
      return std::move(mapped)
          .error()
          .within("cannot make the container writable")
          .with_hint("leave --chainer-writable out, or ask for nodes with Linux 6.2 or newer");
    }
  }
  TRY_ASSIGN(auto staging,
             Staging::create(parts.run_dir, parts.writable ? writable_size : staging_size));
  TRY(add_name_files(image.get(), staging, parts.names, parts.binds));

  const bool needs_overlay = parts.writable || lacks_a_mount_point(image.get(), parts.binds);
  UniqueFd root = std::move(image);
  if (needs_overlay) {
    TRY_ASSIGN(auto overlay,
               overlay_over(root.get(), staging, gives_back ? CopyUp::metadata : CopyUp::whole));
    root = std::move(overlay);
  }
  if (gives_back) {
    if (auto given = give_roots_files_to(parts.account, root.get()); !given)
      return std::move(given).error().within("cannot make the container writable");
  }
  TRY_ASSIGN(auto place, staging.open_folder("root"));
  TRY(attach(root.get(), place.get()));
  TRY_ASSIGN(auto dev, dev_of(parts.binds));
  MountPoints mount_points(attached_task, parts.account, root.get());
  TRY(mount_points.attach_all(parts.binds));
  TRY(attach_shm(dev, parts.shm_size));
  if (!parts.writable) {
    TRY(set_flags(root.get(), read_only(nosuid_nodev())));
  }
  return make_it_the_root(root.get());
}

}  // namespace

Result<UniqueFd> build_container(const Attached& attached, UniqueFd image, ContainerParts parts) {
  return build_namespace(attached, [&] { return assemble(attached, std::move(image), parts); });
}

Result<UniqueFd> build_private_shm(const Attached& attached, ByteSize shm_size) {
  return build_namespace(attached, [&]() -> Result<void> {
    const UniqueFd dev(::open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!dev) return Error::from_errno("cannot open /dev", errno);
    return attach_shm(dev.get(), shm_size);
  });
}

}  // namespace chainer
