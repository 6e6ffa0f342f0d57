#include "spank_plugin/bind_list.hpp"

#include <algorithm>
#include <iterator>

#include "core/container/path_text.hpp"
#include "spank_plugin/site_path.hpp"

namespace chainer {
namespace {

using Standing = Bind::Standing;

/// Devices work in /dev alone.
MountFlags flags_of(const HostPlace& place) {
  if (place.path == "/dev") return nosuid();
  return place.access == Access::read_only ? read_only(nosuid_nodev()) : nosuid_nodev();
}

Result<Bind> make_bind(int place, bool is_folder, const HostPlace& wanted) {
  auto tree = clone_tree(place, flags_of(wanted), wanted.later);
  if (!tree) return std::move(tree).error().within("cannot bind " + wanted.path);
  return Bind{*std::move(tree), is_folder ? Bind::Kind::directory : Bind::Kind::file, wanted.path,
              wanted.standing};
}

std::string replace_all(std::string text, std::string_view mark, const std::string& word) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + word.size()))
    text.replace(at, mark.size(), word);
  return text;
}

/// mpi/pmix makes the folder before the tasks are forked, and says which it is. Where Slurm does
/// not say it, the folder is in its SlurmdSpoolDir.
std::string pmix_folder(const Step& step, const PluginConf& conf) {
  if (!step.pmix.server.empty()) return step.pmix.server;
  auto spool = replace_all(replace_all(conf.slurmd_spool, "%n", step.node), "%h", step.host);
  return spool + "/pmix." + step.id();
}

}  // namespace

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

std::vector<HostPlace> host_places(const Step& step, const PluginConf& conf) {
  constexpr auto writable = Access::read_write, closed = Access::read_only;
  std::vector<HostPlace> places{
      {"/tmp", writable, Standing::replaceable},
      {"/etc/resolv.conf", closed, Standing::replaceable},
      {"/etc/hosts", closed, Standing::replaceable},
      {pmix_folder(step, conf)},
  };
  // Slurm runs TaskProlog after task_init, that is, inside the container.
  if (!conf.task_prolog.empty()) places.push_back({conf.task_prolog, closed});
  if (!step.script_folder.empty()) places.push_back({step.script_folder, closed});
  using WhenAbsent = HostPlace::WhenAbsent;
  const auto add = [&](const std::string& path, LaterMounts later, WhenAbsent when_absent) {
    places.push_back({without_extra_slashes(path), writable, Standing::fixed, later, when_absent});
  };
  for (const auto& path : conf.binds) add(path, LaterMounts::stay_out, WhenAbsent::refuse);
  for (const auto& path : conf.binds_if_present)
    add(path, LaterMounts::stay_out, WhenAbsent::pass_over);
  for (const auto& path : conf.live_binds) add(path, LaterMounts::arrive, WhenAbsent::refuse);
  return places;
}

Result<HostBinds> host_binds(const Step& step, const PluginConf& conf) {
  std::vector<HostPlace> places{{"/proc"}, {"/sys"}, {"/dev"}};
  std::ranges::move(host_places(step, conf), std::back_inserter(places));
  HostBinds made;
  auto mounts = RootsMounts::known_at_first();
  for (const auto& place : places) {
    const auto found = open_site_path(place.path, mounts);
    switch (found.verdict) {
      case SitePath::Verdict::absent:
        if (place.when_absent == HostPlace::WhenAbsent::refuse)
          return bind_refused(place.path, found.error_number);
        continue;
      case SitePath::Verdict::not_roots:
      case SitePath::Verdict::unreadable:
        made.unsafe.push_back({place.path, flags_of(place)});
        continue;
      case SitePath::Verdict::opened: break;
    }
    if (found.name == place.path && is_shown(place.path, made.binds)) continue;
    TRY_ASSIGN(auto bind, make_bind(found.place.get(), found.is_folder, place));
    made.binds.push_back(std::move(bind));
  }
  return made;
}

}  // namespace chainer
