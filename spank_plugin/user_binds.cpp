#include "spank_plugin/user_binds.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "core/container/path_text.hpp"
#include "core/container/place.hpp"
#include "core/dotted_path.hpp"
#include "core/result.hpp"
#include "spank_plugin/user_files.hpp"

namespace chainer {
namespace {

using Standing = Bind::Standing;

/// Something that the user asks for; they are attached in the order in which they are listed.
struct Wanted {
  enum class What {
    file,        ///< a place that the user opens
    memory,      ///< an empty folder
    empty_home,  ///< the same, in the place of a home that the user opens
  };
  What what;
  std::string destination;
  MountFlags flags;
  Standing standing;
  std::string source{};  ///< what the user opens
  std::optional<MountSpec> asked_for{};
};

Wanted wanted_folder(const std::string& path) {
  return {Wanted::What::file, path, nosuid_nodev(), Standing::wished, path};
}

/// Home and working directory. Where home is to be empty, a working directory below it lies in the
/// empty folder, and one above it must not show it.
std::vector<Wanted> wanted_folders(const Request& request, const HostBinds& of_host,
                                   const std::string& home, const std::string& working_directory) {
  std::vector<Wanted> wanted;
  if (request.home == Home::of_account || belongs_to_the_system(home)) {
    for (const auto& path : folders_of_user(of_host.binds, home, working_directory))
      wanted.push_back(wanted_folder(path));
    return wanted;
  }
  const Wanted empty{Wanted::What::empty_home, home, nosuid_nodev(), Standing::asked_for, home};
  if (belongs_to_the_system(working_directory)) return {empty};
  auto folder = wanted_folder(working_directory);
  if (lies_in(home, working_directory)) return {std::move(folder), empty};
  return {empty, std::move(folder)};
}

Result<std::vector<Wanted>> everything_wanted(const Step& step, const Request& request,
                                              const HostBinds& of_host, const std::string& home,
                                              const std::string& working_directory) {
  std::vector<Wanted> wanted;
  for (const auto& [path, flags] : of_host.unsafe)
    wanted.push_back({Wanted::What::file, path, flags, Standing::fixed, path});
  for (auto& folder : wanted_folders(request, of_host, home, working_directory))
    wanted.push_back(std::move(folder));
  if (!step.pmix.client.empty() && !is_shown(step.pmix.client, of_host.binds))
    wanted.push_back(wanted_folder(step.pmix.client));
  for (const auto& as_written : request.mounts) {
    TRY_ASSIGN(auto mount, as_written.in(working_directory));
    const bool is_memory = mount.kind == MountSpec::Kind::tmpfs;
    const auto here = nosuid_nodev();
    const auto flags = mount.access == Access::read_only ? read_only(here) : here;
    wanted.push_back({is_memory ? Wanted::What::memory : Wanted::What::file, mount.destination,
                      flags, Standing::asked_for, mount.source, std::move(mount)});
  }
  return wanted;
}

/// The name of `path` as seen from `folder`, which it lies in.
std::string path_from(const std::string& folder, const std::string& path) {
  return path.size() > folder.size() ? path.substr(folder.size() + 1) : std::string();
}

/// Makes `path` below `root`, a file system that nobody has seen yet; each component is the
/// account's.
Result<void> make_own_place(int root, const std::string& path, Bind::Kind kind,
                            const Account& account) {
  const auto slash = path.find_last_of('/');
  if (slash != std::string::npos)
    TRY(make_own_place(root, path.substr(0, slash), Bind::Kind::directory, account));
  const bool is_folder = kind == Bind::Kind::directory;
  const int made = is_folder ? ::mkdirat(root, path.c_str(), 0755)
                             : ::mknodat(root, path.c_str(), S_IFREG | 0644, 0);
  if (made != 0 && errno == EEXIST) return {};
  if (made != 0 ||
      ::fchownat(root, path.c_str(), account.uid, account.gid, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::fchmodat(root, path.c_str(), is_folder ? 0755 : 0644, 0) != 0)
    return Error::from_errno("cannot make " + path + " in the empty home", errno);
  return {};
}

/// Makes the binds of what is wanted from what the user was able to open.
class UserBinds {
 public:
  UserBinds(const Account& account, const HostBinds& of_host)
      : account_(account), of_host_(of_host) {}

  Result<void> add(const Wanted& wanted, const OpenedUserFile& opened) {
    switch (wanted.what) {
      case Wanted::What::memory: return add_memory(wanted.destination);
      case Wanted::What::empty_home: return add_empty_home(wanted.destination, opened);
      case Wanted::What::file: return add_file(wanted, opened);
    }
    return {};
  }
  std::vector<Bind> take() && { return std::move(binds_); }

 private:
  Result<void> add_memory(const std::string& destination) {
    TRY_ASSIGN(auto tree, mount_tmpfs(unbounded_tmpfs, 01777, nosuid_nodev()));
    TRY(make_place_in_home(destination, Bind::Kind::directory));
    add_folder(std::move(tree), destination);
    return {};
  }

  Result<void> add_empty_home(const std::string& home, const OpenedUserFile& opened) {
    const bool hides_nothing = !opened.place && is_shown(home, of_host_.binds);
    if (hides_nothing) return {};  // and no place can be made for it in a folder of the host's
    home_ = without_extra_slashes(home);
    real_home_ = opened.place ? name_of_place(opened.place.get()) : home_;
    TRY_ASSIGN(auto tree, mount_tmpfs(unbounded_tmpfs, 0700, nosuid_nodev()));
    if (::fchownat(tree.get(), "", account_.uid, account_.gid, AT_EMPTY_PATH) != 0)
      return Error::from_errno("cannot make an empty home", errno);
    // Where a link leads to the home, the folders of the site's list may also show it by its own
    // name.
    if (real_home_ != home_ && is_shown(real_home_, of_host_.binds)) {
      TRY_ASSIGN(auto same, clone_tree(tree.get(), nosuid_nodev()));
      add_folder(std::move(same), real_home_);
    }
    home_tree_ = tree.get();
    add_folder(std::move(tree), home_);
    return {};
  }

  Result<void> add_file(const Wanted& wanted, const OpenedUserFile& opened) {
    const auto& asked_for = wanted.asked_for;
    if (!opened.place && asked_for) return mount_refused(*asked_for, opened.error_number);
    if (!opened.place) return {};
    if (wanted.standing == Standing::wished && is_there(wanted.destination, opened.place.get()))
      return {};
    const auto kind = opened.is_folder ? Bind::Kind::directory : Bind::Kind::file;
    auto tree = clone_tree(opened.place.get(), wanted.flags);
    if (!tree && asked_for) return mount_refused(*asked_for, tree.error().error_number);
    if (!tree) return std::move(tree).error().within("cannot bind " + wanted.destination);
    TRY(make_place_in_home(wanted.destination, kind));
    binds_.push_back({*std::move(tree), kind, wanted.destination, wanted.standing});
    return {};
  }

  /// What goes below the empty home needs a place made for it there.
  Result<void> make_place_in_home(const std::string& destination, Bind::Kind kind) const {
    if (home_.empty()) return {};
    const auto place = without_extra_slashes(destination);
    for (const auto& home : {home_, real_home_}) {
      const auto below = lies_in(place, home) ? path_from(home, place) : std::string();
      if (below.empty() || has_dots(below)) continue;
      return make_own_place(home_tree_, below, kind, account_);
    }
    return {};
  }

  /// Whether the container shows the folder anyway, or must not show it.
  bool is_there(const std::string& path, int place) const {
    const auto name = name_of_place(place);
    if (!home_.empty() && lies_in(name, real_home_)) return name == real_home_;
    return name == path && is_shown(path, of_host_.binds);
  }

  void add_folder(UniqueFd tree, const std::string& destination) {
    binds_.push_back({std::move(tree), Bind::Kind::directory, destination, Standing::asked_for});
  }

  const Account& account_;
  const HostBinds& of_host_;
  std::string home_{}, real_home_{};  ///< the home that is empty, and the kernel's name for it
  int home_tree_{-1};                 ///< what lies there instead, one of the binds
  std::vector<Bind> binds_{};
};

}  // namespace

Result<std::vector<Bind>> user_binds(const Attached& attached, const Step& step,
                                     const Request& request, const HostBinds& of_host,
                                     const std::string& home,
                                     const std::string& working_directory) {
  TRY_ASSIGN(const auto wanted, everything_wanted(step, request, of_host, home, working_directory));
  std::vector<UserFile> files;
  for (const auto& one : wanted) {
    if (one.what != Wanted::What::memory) files.push_back({one.source});
  }
  std::vector<OpenedUserFile> opened;
  if (!files.empty()) {
    TRY_ASSIGN(opened, open_as_user(attached, step.account, files));
  }
  UserBinds binds(step.account, of_host);
  const OpenedUserFile nothing;
  auto next = opened.cbegin();
  for (const auto& one : wanted) {
    const bool is_opened = one.what != Wanted::What::memory;
    TRY(binds.add(one, is_opened ? *next++ : nothing));
  }
  return std::move(binds).take();
}

}  // namespace chainer
