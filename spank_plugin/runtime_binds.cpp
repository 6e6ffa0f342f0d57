#include "spank_plugin/runtime_binds.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/container/path_text.hpp"
#include "core/dotted_path.hpp"

namespace chainer {
namespace {

Result<void> make_own_folder(const std::string& path) {
  // The step's other tasks on the node make the same folder.
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return Error::from_errno("cannot make the folder " + path, errno);
}

/// The kernel's name of a place; the same one where there is none.
std::string real_name(const std::string& path) {
  char* found = ::realpath(path.c_str(), nullptr);
  std::string name = found != nullptr ? found : path;
  std::free(found);
  return name;
}

/// Collects the binds in their order. The binds in shown_ have no tree, because is_shown looks only
/// at their destinations.
class Collected {
 public:
  explicit Collected(const RuntimeFolders& folders) : folders_(folders) {}

  Result<void> add_places_of_host() {
    for (const auto& place : folders_.of_host) {
      struct stat status {};
      if (::stat(place.path.c_str(), &status) != 0) {
        if (place.when_absent == HostPlace::WhenAbsent::refuse)
          return bind_refused(place.path, errno);
        continue;
      }
      if (is_shown(place.path, shown_)) continue;
      const auto kind = S_ISDIR(status.st_mode) ? Bind::Kind::directory : Bind::Kind::file;
      shown_.push_back({UniqueFd(), kind, place.path, place.standing});
      binds_.push_back({place.path, place.path, place.access});
    }
    return {};
  }

  void add_own_folders() {
    for (const auto& path : folders_of_user(shown_, folders_.home, folders_.working_directory))
      add_wished(path);
  }

  /// The working directory is shown below an empty home, but not where it is home itself.
  Result<void> add_empty_home() {
    const auto& home = folders_.home;
    const auto& here = folders_.working_directory;
    const bool shows_here = !belongs_to_the_system(here) && real_name(here) != real_name(home);
    const bool is_above = lies_in(home, here);
    if (shows_here && is_above) add_wished(here);
    TRY(lay_empty_folder_over(home));
    if (!shows_here || is_above) return {};
    TRY(make_place_in_home(here));
    add_wished(here);
    return {};
  }

  void add_folder_of_pmix() {
    if (!folders_.of_pmix.empty()) add_wished(folders_.of_pmix);
  }

  Result<void> add_mount(const MountSpec& as_written) {
    TRY_ASSIGN(auto mount, as_written.in(folders_.working_directory));
    const bool is_memory = mount.kind == MountSpec::Kind::tmpfs;
    if (is_memory) {
      mount.source = folders_.work + "/memory." + std::to_string(++folders_in_memory_);
      TRY(make_own_folder(mount.source));
    } else {
      mount.source = absolute(mount.source, folders_.working_directory);
      if (::access(mount.source.c_str(), F_OK) != 0) return mount_refused(mount, errno);
    }
    TRY(make_place_in_home(mount.destination));
    binds_.push_back({mount.source, mount.destination, mount.access});
    return {};
  }

  std::vector<RuntimeBind> take() && { return std::move(binds_); }

 private:
  void add_wished(const std::string& path) {
    const bool exists = ::access(path.c_str(), F_OK) == 0;
    if (exists && !is_there(path)) binds_.push_back({path, path});
  }

  /// Whether the container shows the folder already, or must not show it.
  bool is_there(const std::string& path) const {
    const auto name = real_name(path);
    if (!empty_home_.empty() && lies_in(name, real_home_)) return name == real_home_;
    return name == path && is_shown(path, shown_);
  }

  /// Where a link leads to the home, the site's list may also show it under its real name.
  Result<void> lay_empty_folder_over(const std::string& home) {
    empty_home_ = folders_.work + "/home";
    real_home_ = real_name(home);
    TRY(make_own_folder(empty_home_));
    if (real_home_ != home && is_shown(real_home_, shown_))
      binds_.push_back({empty_home_, real_home_});
    binds_.push_back({empty_home_, home});
    return {};
  }

  /// Makes the folders that a mount below the empty home needs as its mount point.
  Result<void> make_place_in_home(const std::string& destination) const {
    const auto place = without_extra_slashes(destination);
    const bool is_below = !empty_home_.empty() && place != folders_.home &&
                          lies_in(place, folders_.home) && !has_dots(place);
    if (!is_below) return {};
    for (auto slash = place.find('/', folders_.home.size() + 1);;
         slash = place.find('/', slash + 1)) {
      const auto above = place.substr(0, slash);
      TRY(make_own_folder(empty_home_ + above.substr(folders_.home.size())));
      if (slash == std::string::npos) return {};
    }
  }

  const RuntimeFolders& folders_;
  int folders_in_memory_{0};
  std::string empty_home_{};  ///< what lies there instead of the account's
  std::string real_home_{};   ///< the kernel's name of what is hidden so
  std::vector<Bind> shown_{};
  std::vector<RuntimeBind> binds_{};
};

}  // namespace

Result<std::vector<RuntimeBind>> runtime_binds(const Request& request,
                                               const RuntimeFolders& folders) {
  Collected collected(folders);
  TRY(collected.add_places_of_host());
  if (request.home == Home::of_account || belongs_to_the_system(folders.home)) {
    collected.add_own_folders();
  } else {
    TRY(collected.add_empty_home());
  }
  collected.add_folder_of_pmix();
  for (const auto& mount : request.mounts) TRY(collected.add_mount(mount));
  return std::move(collected).take();
}

}  // namespace chainer
