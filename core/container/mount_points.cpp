#include "core/container/mount_points.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "core/container/mount_tree.hpp"
#include "core/container/path_text.hpp"
#include "core/container/place.hpp"
#include "core/open_beneath.hpp"
#include "core/result.hpp"

namespace chainer {
namespace {

using Kind = Bind::Kind;
using Standing = Bind::Standing;

/// Where the container's own machinery lies: nothing of the user's goes on, above or below.
constexpr std::string_view own_folders[] = {"/dev", "/opt/chainer", "/proc", "/sys"};

/// The target of the symlink `name` in `folder`; empty when it is none.
std::string link_target(int folder, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

UniqueFd open_in_image(int root, const std::string& path, int flags = 0) {
  return UniqueFd(open_on_one_mount(root, path.c_str(), O_PATH | O_CLOEXEC | flags));
}

Error cannot_make(const std::string& path) {
  if (errno == EXDEV) {
    return {"cannot make the mount point " + path + ": it lies in a folder of the host",
            "make it there before the step, or choose a destination that only the container has",
            ENOENT, Fault::user};
  }
  return Error::from_errno("cannot make the mount point " + path, errno, Fault::user);
}

/// Makes `path` inside `root`, and the folders above it. Root-owned; nothing outside `root` is
/// touched whatever symlinks the image holds, and nothing in a folder of the host that was bound
/// in: there the user would have root write where they may not. A dangling symlink gets its target.
Result<void> make_place(int root, const std::string& path, Kind kind, int links_left = 16) {
  const std::string parent = parent_of(path);
  UniqueFd folder = open_in_image(root, parent, O_DIRECTORY);
  if (!folder && errno == ENOENT && parent != "/") {
    TRY(make_place(root, parent, Kind::directory, links_left));
    folder = open_in_image(root, parent, O_DIRECTORY);
  }
  if (!folder) return cannot_make(path);

  const std::string name = path.substr(path.find_last_of('/') + 1);
  if (kind == Kind::directory) {
    if (::mkdirat(folder.get(), name.c_str(), 0755) == 0) return {};
  } else {
    const UniqueFd file(
        ::openat(folder.get(), name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (file) return {};
  }
  if (errno != EEXIST) return cannot_make(path);
  const std::string target = link_target(folder.get(), name);
  if (target.empty() || links_left == 0) return {};
  return make_place(root, target.starts_with('/') ? target : parent + "/" + target, kind,
                    links_left - 1);
}

Error would_hide(const std::string& destination, std::string_view hidden) {
  if (lies_in(hidden, "/dev/shm") || destination == "/dev/shm") {
    return {"cannot mount over " + destination + ": it is the step's shared memory",
            "ask for its size with --chainer-shm-size, or choose another destination", 0,
            Fault::user};
  }
  return {"cannot mount over " + destination + ": that would hide " + std::string(hidden) +
              ", which every container of this site has",
          "choose another destination", 0, Fault::user};
}

Error wrong_kind(const Bind& bind) {
  const bool folder = bind.kind == Kind::directory;
  return {"cannot mount a " +
              std::string(folder ? "folder over the file " : "file over the folder ") +
              bind.destination,
          "choose another destination", 0, Fault::user};
}

}  // namespace

MountPoints::MountPoints(int root, OpenAsUser open_as_user)
    : root_(root), open_as_user_(std::move(open_as_user)), name_of_root_(name_of_place(root)) {}

Result<void> MountPoints::attach_all(std::vector<Bind>& binds) {
  const auto is_users = [](const Bind& bind) {
    return bind.standing == Standing::wished || bind.standing == Standing::asked_for;
  };
  std::stable_partition(binds.begin(), binds.end(),
                        [&](const Bind& bind) { return !is_users(bind); });
  for (const auto& bind : binds) {
    auto attached = attach(bind);
    const bool left_out =
        !attached && bind.standing == Standing::wished && attached.error().fault == Fault::user;
    if (!attached && !left_out) return attached;
  }
  return {};
}

Result<void> MountPoints::attach(const Bind& bind) {
  TRY_ASSIGN(auto found, find(bind));
  TRY(check_cover(bind, found.path));
  if (bind.standing == Standing::fixed) fixed_.push_back(found.path);
  if (is_folder(found.place.get()) != (bind.kind == Kind::directory)) return wrong_kind(bind);
  auto attached = chainer::attach(bind.tree.get(), found.place.get());
  if (attached) return {};
  auto error = std::move(attached).error().within("cannot mount over " + bind.destination);
  if (bind.standing != Standing::asked_for) return error;
  // What the kernel has in /proc for a process is gone with the process that opened it.
  error.fault = Fault::user;
  return std::move(error).with_hint("mount something that stays, such as a folder of yours");
}

Result<MountPoints::Found> MountPoints::find(const Bind& bind) const {
  const auto destination = without_extra_slashes(bind.destination);
  TRY(check_cover(bind, destination));
  TRY_ASSIGN(auto place, open(destination, bind.kind));
  const std::string name = name_of_place(place.get());
  if (!name.starts_with(name_of_root_) || name_of_root_.empty())
    return Error{"cannot tell where " + destination + " lies in the container", "", 0, Fault::user};
  const std::string inside = name.substr(name_of_root_.size());
  return Found{std::move(place), inside.empty() ? "/" : inside};
}

Result<UniqueFd> MountPoints::open(const std::string& destination, Kind kind) const {
  UniqueFd place = open_in_image(root_, destination);
  if (!place && errno == ENOENT) {
    TRY(make_place(root_, destination, kind));
    place = open_in_image(root_, destination);
  }
  if (place) return place;
  if (errno != EXDEV)
    return Error::from_errno("cannot open the mount point " + destination, errno, Fault::user);

  auto opened = open_as_user_(destination);
  if (opened || opened.error().error_number != ENOENT) return opened;
  errno = EXDEV;
  return cannot_make(destination);
}

/// Called twice: with the destination as it was given, so that the error comes before anything is
/// made, and with where it really is.
Result<void> MountPoints::check_cover(const Bind& bind, const std::string& path) const {
  if (bind.standing != Standing::asked_for && bind.standing != Standing::wished) return {};
  for (const auto folder : own_folders) {
    if (lies_in(path, folder)) return would_hide(bind.destination, path);
    if (lies_in(folder, path)) return would_hide(bind.destination, folder);
  }
  for (const auto& fixed : fixed_) {
    if (!lies_in(fixed, path)) continue;
    // The host's own folder at its own place shows the host's own places below it, too.
    const bool same_tree = bind.standing == Standing::wished && path != fixed &&
                           path == without_extra_slashes(bind.destination);
    if (!same_tree) return would_hide(bind.destination, fixed);
  }
  return {};
}

Result<void> attach_beneath(int folder, const char* name, int tree) {
  const UniqueFd place(open_beneath(folder, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return Error::from_errno(std::string("cannot open the host's ") + name, errno);
  return attach(tree, place.get());
}

bool lacks(int image, const std::string& destination) { return !open_in_image(image, destination); }

}  // namespace chainer
