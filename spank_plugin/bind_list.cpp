#include "spank_plugin/bind_list.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "spank_plugin/kernel_mount.hpp"
#include "spank_plugin/user_files.hpp"

namespace chainer {
namespace {

Result<Bind> make_bind(int place, std::string destination, MountFlags flags) {
  struct stat status {};
  if (::fstat(place, &status) != 0) return Error::from_errno("cannot stat " + destination, errno);
  auto tree = clone_tree(place, flags);
  if (!tree) return std::move(tree).error().within("cannot bind " + destination);
  return Bind{*std::move(tree), S_ISDIR(status.st_mode) ? Bind::Kind::directory : Bind::Kind::file,
              std::move(destination)};
}

/// slurm.conf's SlurmdSpoolDir with %n and %h for this node (the two are one in a virtual cluster).
std::string expand_node(std::string pattern, const std::string& node) {
  for (const std::string_view mark : {"%n", "%h"}) {
    for (auto at = pattern.find(mark); at != std::string::npos;
         at = pattern.find(mark, at + node.size())) {
      pattern.replace(at, mark.size(), node);
    }
  }
  return pattern;
}

Error mount_refused(const MountSpec& mount, int error_number) {
  return Error::from_errno("cannot open the mount source " + mount.source, error_number,
                           Fault::user)
      .with_hint("correct --chainer-mount=" + mount.source + ":" + mount.destination +
                 ": the source must exist on every node and you must be allowed to enter it");
}

Error bind_refused(const std::string& path, int error_number) {
  return Error::from_errno("cannot show the site's " + path + " in the container", error_number)
      .with_hint("an administrator must make it on this node, or write 'bind_if_present " + path +
                 "' into plugin.conf where some nodes lack it");
}

bool lies_in(std::string_view path, std::string_view folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_of_the_site(const std::string& path, const PluginConf& conf) {
  return std::ranges::find(conf.binds, path) != conf.binds.end() ||
         std::ranges::find(conf.binds_if_present, path) != conf.binds_if_present.end();
}

/// Whether the container shows `path` anyway, below a place of the site's list. `working_directory`
/// is the kernel's own name, without a symlink, and so is what leads to it; of any other path
/// nobody knows.
bool is_shown_by_the_site(const std::string& path, const std::string& working_directory,
                          const PluginConf& conf, const std::vector<Bind>& of_host) {
  return lies_in(working_directory, path) && std::ranges::any_of(of_host, [&](const Bind& bind) {
           return lies_in(path, bind.destination) && is_of_the_site(bind.destination, conf);
         });
}

/// A job may stand in a folder of the host's system, such as /usr/share; the container has the
/// image's.
bool belongs_to_the_system(std::string_view path) {
  constexpr std::string_view folders[] = {"bin",    "boot", "dev", "etc",  "lib", "lib32", "lib64",
                                          "libx32", "proc", "run", "sbin", "sys", "usr"};
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto first = path.substr(0, path.find('/'));
  return first.empty() || std::ranges::find(folders, first) != std::end(folders);
}

}  // namespace

Result<std::vector<Bind>> host_binds(const Step& step, const PluginConf& conf) {
  struct Place {
    std::string path;
    MountFlags flags;
    bool may_be_missing{true};
  };
  std::vector<Place> places{
      {"/proc", nosuid_nodev()},
      {"/sys", nosuid_nodev()},
      {"/dev", nosuid()},
      {"/tmp", nosuid_nodev()},
      {"/etc/resolv.conf", read_only(nosuid_nodev())},
      {"/etc/hosts", read_only(nosuid_nodev())},
      // mpi/pmix makes <SlurmdSpoolDir>/pmix.JOB.STEP before the tasks are forked.
      {expand_node(conf.slurmd_spool, step.node) + "/pmix." + step.id(), nosuid_nodev()},
  };
  // Slurm runs TaskProlog after task_init, that is, inside the container.
  if (!conf.task_prolog.empty()) places.push_back({conf.task_prolog, read_only(nosuid_nodev())});
  if (!step.script_folder.empty())
    places.push_back({step.script_folder, read_only(nosuid_nodev())});
  for (const auto& path : conf.binds) places.push_back({path, nosuid_nodev(), false});
  for (const auto& path : conf.binds_if_present) places.push_back({path, nosuid_nodev()});

  std::vector<Bind> binds;
  for (const auto& [path, flags, may_be_missing] : places) {
    // Root may open these by path: root or the admin named them, no user did.
    const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place && !may_be_missing) return bind_refused(path, errno);
    if (!place) continue;  // not on this host: nothing to show
    auto bind = make_bind(place.get(), path, flags);
    if (!bind) return std::move(bind).error();
    binds.push_back(*std::move(bind));
  }
  return binds;
}

Result<std::vector<Bind>> user_binds(const Attached& attached, const Step& step,
                                     const Request& request, const PluginConf& conf,
                                     const std::vector<Bind>& of_host, const std::string& home,
                                     const std::string& working_directory) {
  struct Wanted {
    std::string destination;
    const MountSpec* asked_for;  // null: shown where it can be
  };
  std::vector<Wanted> wanted;
  std::vector<UserFile> files;
  for (const auto& path : {home, working_directory}) {
    if (is_shown_by_the_site(path, working_directory, conf, of_host)) continue;
    wanted.push_back({path, nullptr});
    files.push_back({path});
  }
  for (const auto& mount : request.mounts) {
    wanted.push_back({mount.destination, &mount});
    files.push_back({mount.source});
  }
  if (files.empty()) return std::vector<Bind>();
  auto opened = open_as_user(attached, step.account, files);
  if (!opened) return std::move(opened).error();

  std::vector<Bind> binds;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& [destination, asked_for] = wanted[i];
    const auto& [place, digest, error_number] = (*opened)[i];
    if (!place && asked_for) return mount_refused(*asked_for, error_number);
    if (!place || (!asked_for && belongs_to_the_system(destination))) continue;
    const bool protect = asked_for && asked_for->access == Access::read_only;
    auto bind =
        make_bind(place.get(), destination, protect ? read_only(nosuid_nodev()) : nosuid_nodev());
    if (!bind) return std::move(bind).error();
    binds.push_back(*std::move(bind));
  }
  return binds;
}

}  // namespace chainer
