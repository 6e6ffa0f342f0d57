#include "spank_plugin/bind_list.hpp"

#include <algorithm>

#include "core/container/path_text.hpp"
#include "spank_plugin/site_path.hpp"

namespace chainer {
namespace {

using Standing = Bind::Standing;

struct Place {
  std::string path;
  MountFlags flags;
  Standing standing{Standing::fixed};
  LaterMounts later{LaterMounts::stay_out};
  enum class WhenAbsent { pass_over, refuse } when_absent{WhenAbsent::pass_over};
};

Result<Bind> make_bind(int place, bool is_folder, const Place& wanted) {
  auto tree = clone_tree(place, wanted.flags, wanted.later);
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

Error bind_refused(const std::string& path, int error_number) {
  return Error::from_errno("cannot show the site's " + path + " in the container", error_number)
      .with_hint("an administrator must make it on this node, or write 'bind_if_present " + path +
                 "' into plugin.conf where some nodes lack it");
}

}  // namespace

Result<HostBinds> host_binds(const Step& step, const PluginConf& conf) {
  const auto here = nosuid_nodev();
  std::vector<Place> places{
      {"/proc", here},
      {"/sys", here},
      {"/dev", nosuid()},
      {"/tmp", here, Standing::replaceable},
      {"/etc/resolv.conf", read_only(here), Standing::replaceable},
      {"/etc/hosts", read_only(here), Standing::replaceable},
      {pmix_folder(step, conf), here},
  };
  // Slurm runs TaskProlog after task_init, that is, inside the container.
  if (!conf.task_prolog.empty()) places.push_back({conf.task_prolog, read_only(here)});
  if (!step.script_folder.empty()) places.push_back({step.script_folder, read_only(here)});
  using WhenAbsent = Place::WhenAbsent;
  const auto add = [&](const std::string& path, LaterMounts later, WhenAbsent when_absent) {
    places.push_back({without_extra_slashes(path), here, Standing::fixed, later, when_absent});
  };
  for (const auto& path : conf.binds) add(path, LaterMounts::stay_out, WhenAbsent::refuse);
  for (const auto& path : conf.binds_if_present)
    add(path, LaterMounts::stay_out, WhenAbsent::pass_over);
  for (const auto& path : conf.live_binds) add(path, LaterMounts::arrive, WhenAbsent::refuse);

  HostBinds made;
  for (const auto& place : places) {
    const auto found = open_site_path(place.path);
    switch (found.verdict) {
      case SitePath::Verdict::absent:
        if (place.when_absent == WhenAbsent::refuse)
          return bind_refused(place.path, found.error_number);
        continue;
      case SitePath::Verdict::not_roots:
      case SitePath::Verdict::unreadable:
        made.unsafe.push_back({place.path, place.flags});
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
