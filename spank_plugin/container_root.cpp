#include "spank_plugin/container_root.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "core/fd_io.hpp"
#include "core/open_beneath.hpp"
#include "spank_plugin/kernel_mount.hpp"

namespace chainer {
namespace {

constexpr char shm_path[] = "/dev/shm";
constexpr std::size_t largest_name_file = 4 * 1024 * 1024;
// Room for mount points, /etc/passwd and /etc/group. A writable container's layer is bounded by the
// job's memory instead, which is where its pages are charged.
constexpr auto staging_size = ByteSize::from_bytes(16 * 1024 * 1024);
constexpr auto writable_size = ByteSize::from_bytes(std::uint64_t{1} << 40);

std::uint64_t mount_id(int fd) {
  struct statx status {};
  return ::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 ? status.stx_mnt_id : 0;
}

bool is_same_place(int one, int other) {
  struct stat of_one {};
  struct stat of_other {};
  return ::fstat(one, &of_one) == 0 && ::fstat(other, &of_other) == 0 &&
         of_one.st_dev == of_other.st_dev && of_one.st_ino == of_other.st_ino &&
         mount_id(one) == mount_id(other);
}

/// A stay in a mount namespace of one's own. leave() must be called; a process that cannot get back
/// must not go on, since it would run Slurm's code and other plugins' hooks inside the image.
class NamespaceVisit {
 public:
  static Result<NamespaceVisit> enter() {
    NamespaceVisit visit;
    visit.home_.reset(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
    visit.root_.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    visit.working_directory_.reset(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    visit.processes_.reset(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!visit.home_ || !visit.root_ || !visit.working_directory_ || !visit.processes_) {
      return Error::from_errno("cannot open the host's namespace", errno);
    }
    if (auto stands = visit.stands_on_the_namespaces_root(); !stands)
      return std::move(stands).error();
    if (::unshare(CLONE_NEWNS) != 0)
      return Error::from_errno("cannot make a mount namespace", errno);
    visit.inside_ = true;
    return visit;
  }

  NamespaceVisit(NamespaceVisit&& other) noexcept = default;
  NamespaceVisit& operator=(NamespaceVisit&&) = delete;
  ~NamespaceVisit() {
    if (home_ && inside_) leave();
  }

  /// The namespace that this process is in now.
  Result<UniqueFd> current() const {
    UniqueFd fd(::openat(processes_.get(), "ns/mnt", O_RDONLY | O_CLOEXEC));
    if (!fd) return Error::from_errno("cannot open the container's namespace", errno);
    return fd;
  }

  void leave() {
    inside_ = false;
    const bool back = ::setns(home_.get(), CLONE_NEWNS) == 0 && is_back_at_its_root();
    if (!back) ::_exit(1);
  }

 private:
  NamespaceVisit() = default;

  bool is_back_at_its_root() const {
    return ::fchdir(root_.get()) == 0 && ::chroot(".") == 0 &&
           ::fchdir(working_directory_.get()) == 0;
  }

  /// A task that joins a namespace gets that one's root, whatever slurmd's is. Nothing but joining
  /// shows which one that is, and joining the namespace where one is already costs microseconds.
  Result<void> stands_on_the_namespaces_root() const {
    if (::setns(home_.get(), CLONE_NEWNS) != 0)
      return Error::from_errno("cannot join the host's namespace", errno);
    const UniqueFd root_of_namespace(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!is_back_at_its_root()) ::_exit(1);
    if (is_same_place(root_of_namespace.get(), root_.get())) return {};
    return Error{"slurmd runs in a chroot, and its tasks would not",
                 "an administrator must start slurmd where its root is that of its mount "
                 "namespace: outside of the "
                 "chroot, or after pivot_root",
                 0, Fault::node};
  }

  UniqueFd home_, root_, working_directory_, processes_;
  bool inside_{false};
};

/// What the host mounts later still arrives; nothing that is mounted here goes out.
Result<void> stop_propagation() {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0) return {};
  return Error::from_errno("cannot make the mounts private", errno);
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// The target of the symlink `name` in `folder`; empty when it is none.
std::string link_target(int folder, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

/// Makes `path` inside `root`, and the folders above it. Root-owned; nothing outside `root` is
/// touched whatever symlinks the image holds, and nothing in a folder of the host that was bound
/// in: there the user would have root write where they may not. A dangling symlink gets its target.
Result<void> make_place(int root, const std::string& path, Bind::Kind kind, int links_left = 16) {
  const std::string parent = parent_of(path);
  UniqueFd folder(open_in_root(root, parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder && errno == ENOENT && parent != "/") {
    if (auto made = make_place(root, parent, Bind::Kind::directory, links_left); !made) return made;
    folder.reset(open_in_root(root, parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  if (!folder) return Error::from_errno("cannot make the mount point " + path, errno);

  if (mount_id(folder.get()) != mount_id(root)) {
    return Error{
        "cannot make the mount point " + path + ": it lies in a folder of the host",
        "make it there before the step, or choose a destination that only the container has", 0,
        Fault::user};
  }

  const std::string name = path.substr(path.find_last_of('/') + 1);
  if (kind == Bind::Kind::directory) {
    if (::mkdirat(folder.get(), name.c_str(), 0755) == 0) return {};
  } else {
    const UniqueFd file(
        ::openat(folder.get(), name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (file) return {};
  }
  if (errno != EEXIST) return Error::from_errno("cannot make the mount point " + path, errno);
  const std::string target = link_target(folder.get(), name);
  if (target.empty() || links_left == 0) return {};
  return make_place(root, target.starts_with('/') ? target : parent + "/" + target, kind,
                    links_left - 1);
}

UniqueFd open_place(int root, const std::string& path) {
  return UniqueFd(open_in_root(root, path.c_str(), O_PATH | O_CLOEXEC));
}

Result<void> attach_at(int root, int tree, const std::string& path, Bind::Kind kind) {
  UniqueFd place = open_place(root, path);
  if (!place && errno == ENOENT) {
    if (auto made = make_place(root, path, kind); !made) return made;
    place = open_place(root, path);
  }
  if (!place) return Error::from_errno("cannot open the mount point " + path, errno, Fault::user);
  if (auto attached = attach(tree, place.get()); !attached) {
    return std::move(attached).error().within("cannot mount over " + path);
  }
  return {};
}

Result<std::string> read_name_file(int root, const char* path) {
  const UniqueFd file(open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return std::string();  // an image without users has none to lose
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::string();
  return read_all(file.get(), largest_name_file);
}

/// The folder where the new root is put together: a tmpfs of its own over `parts.staging`.
class Staging {
 public:
  static Result<Staging> create(const std::string& path, ByteSize size) {
    const UniqueFd place(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!place) return Error::from_errno("cannot open " + path, errno);
    auto tree = mount_tmpfs(size, 0700, nosuid_nodev());
    if (!tree) return std::move(tree).error();
    if (auto attached = attach(tree->get(), place.get()); !attached)
      return std::move(attached).error();
    for (const auto* name : {"lower", "upper", "work", "root"}) {
      if (::mkdirat(tree->get(), name, 0755) != 0) {
        return Error::from_errno("cannot make " + path + "/" + name, errno);
      }
    }
    return Staging(path, *std::move(tree));
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
    if (auto written = write_all(file.get(), text); !written) return std::move(written).error();
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
  for (const auto& bind : binds) {
    if (!open_place(image, bind.destination)) return true;
  }
  return false;
}

Result<UniqueFd> overlay_over(int image, const Staging& staging) {
  auto lower = staging.open_folder("lower");
  if (!lower) return lower;
  if (auto attached = attach(image, lower->get()); !attached) return std::move(attached).error();
  // The overlay's root takes its owner and mode from the upper folder.
  struct stat status {};
  if (::fstat(image, &status) != 0) return Error::from_errno("cannot stat the image's root", errno);
  if (::fchownat(staging.fd(), "upper", status.st_uid, status.st_gid, 0) != 0 ||
      ::fchmodat(staging.fd(), "upper", status.st_mode & 07777, 0) != 0) {
    return Error::from_errno("cannot prepare the writable layer", errno);
  }
  return mount_overlay(staging.path_of("lower"), staging.path_of("upper"), staging.path_of("work"),
                       nosuid_nodev());
}

Result<void> attach_binds(int root, std::vector<Bind>& binds) {
  for (auto& bind : binds) {
    if (auto attached =
            attach_at(root, bind.tree.get(), without_trailing_slashes(bind.destination), bind.kind);
        !attached) {
      return attached;
    }
  }
  return {};
}

Result<void> attach_shm(int root, ByteSize size) {
  auto tree = mount_tmpfs(size, 01777, nosuid_nodev());
  if (!tree) return std::move(tree).error();
  return attach_at(root, tree->get(), shm_path, Bind::Kind::directory);
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
    auto tree = staging.file_mount(file.name, merge_names(file.lines, *of_image));
    if (!tree) return std::move(tree).error();
    binds.insert(binds.begin(), Bind{*std::move(tree), Bind::Kind::file, file.path});
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

Result<void> assemble(UniqueFd image, ContainerParts& parts) {
  if (auto stopped = stop_propagation(); !stopped) return stopped;
  if (parts.writable) {
    if (auto mapped = map_root_to(image.get(), parts.account.uid, parts.account.gid); !mapped) {
      return std::move(mapped)
          .error()
          .within("cannot make the container writable")
          .with_hint("leave --chainer-writable out, or ask for nodes with Linux 6.2 or newer");
    }
  }
  auto staging = Staging::create(parts.staging, parts.writable ? writable_size : staging_size);
  if (!staging) return std::move(staging).error();
  if (auto added = add_name_files(image.get(), *staging, parts.names, parts.binds); !added)
    return added;

  const bool needs_overlay = parts.writable || lacks_a_mount_point(image.get(), parts.binds);
  UniqueFd root = std::move(image);
  if (needs_overlay) {
    auto overlay = overlay_over(root.get(), *staging);
    if (!overlay) return std::move(overlay).error();
    root = *std::move(overlay);
  }
  auto place = staging->open_folder("root");
  if (!place) return std::move(place).error();
  if (auto attached = attach(root.get(), place->get()); !attached) return attached;
  if (auto attached = attach_binds(root.get(), parts.binds); !attached) return attached;
  if (auto attached = attach_shm(root.get(), parts.shm_size); !attached) return attached;
  if (!parts.writable) {
    if (auto set = set_flags(root.get(), read_only(nosuid_nodev())); !set) return set;
  }
  return make_it_the_root(root.get());
}

}  // namespace

Result<UniqueFd> build_container(const Attached&, UniqueFd image, ContainerParts parts) {
  auto visit = NamespaceVisit::enter();
  if (!visit) return std::move(visit).error();
  if (auto assembled = assemble(std::move(image), parts); !assembled)
    return std::move(assembled).error();
  return visit->current();
}

Result<UniqueFd> build_private_shm(ByteSize shm_size) {
  auto visit = NamespaceVisit::enter();
  if (!visit) return std::move(visit).error();
  if (auto stopped = stop_propagation(); !stopped) return std::move(stopped).error();
  const UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (auto attached = attach_shm(root.get(), shm_size); !attached)
    return std::move(attached).error();
  return visit->current();
}

}  // namespace chainer
