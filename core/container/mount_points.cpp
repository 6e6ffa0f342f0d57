#include "core/container/mount_points.hpp"

#include <fcntl.h>

#include <algorithm>

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

Error lies_in_the_hosts(const std::string& destination) {
  return {"cannot make the mount point " + destination + ": it lies in a folder of the host",
          "make it there before the step, or choose a destination that only the container has",
          ENOENT, Fault::user};
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

MountPoints::MountPoints(ImageMounts& image, OpenAsUser open_as_user)
    : image_(image),
      open_as_user_(std::move(open_as_user)),
      name_of_root_(name_of_place(image.root())) {}

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
  if (attached) {
    image_.cover(found.path);
    return {};
  }
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

/// Nothing is made in a folder of the host that was bound in: there the user would make root write
/// where they themselves may not.
Result<UniqueFd> MountPoints::open(const std::string& destination, Kind kind) const {
  auto way = image_.find(destination);
  if (way.end == Way::End::missing) {
    way = image_.find_or_make(destination, kind);
    if (way.end == Way::End::failed)
      return Error::from_errno("cannot make the mount point " + destination, way.error_number,
                               Fault::user);
  }
  if (way.end == Way::End::found) return std::move(way.place);
  if (way.end == Way::End::failed)
    return Error::from_errno("cannot open the mount point " + destination, way.error_number,
                             Fault::user);

  auto opened = open_as_user_(destination);
  if (opened || opened.error().error_number != ENOENT) return opened;
  return lies_in_the_hosts(destination);
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

}  // namespace chainer
