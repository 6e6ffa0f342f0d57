#include "spank_plugin/bind_list.hpp"

#include <algorithm>

#include "core/container/path_text.hpp"
#include "core/container/place.hpp"
#include "spank_plugin/site_path.hpp"
#include "spank_plugin/user_files.hpp"

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

Result<Bind> make_tmpfs(const std::string& destination) {
  TRY_ASSIGN(auto tree, mount_tmpfs(unbounded_tmpfs, 01777, nosuid_nodev()));
  return Bind{std::move(tree), Bind::Kind::directory, destination, Standing::asked_for};
}

std::string replace_all(std::string text, std::string_view mark, const std::string& word) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + word.size()))
    text.replace(at, mark.size(), word);
  return text;
}

/// mpi/pmix makes the folder before the tasks are forked, and says which. A Slurm that does not say
/// has it in its SlurmdSpoolDir.
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

Error mount_refused(const MountSpec& mount, int error_number) {
  return Error::from_errno("cannot open the mount source " + mount.source, error_number,
                           Fault::user)
      .with_hint("correct --chainer-mount=" + mount.source + ":" + mount.destination +
                 ": the source must exist on every node and you must be allowed to enter it");
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

Result<std::vector<Bind>> user_binds(const Attached& attached, const Step& step,
                                     const Request& request, const HostBinds& of_host,
                                     const std::string& home,
                                     const std::string& working_directory) {
  struct Wanted {
    Place place;
    std::optional<MountSpec> asked_for{};
  };
  const auto here = nosuid_nodev();
  std::vector<Wanted> wanted;
  std::vector<UserFile> files;
  for (const auto& [path, flags] : of_host.unsafe) {
    wanted.push_back({{path, flags}});
    files.push_back({path});
  }
  auto folders = folders_of_user(of_host.binds, home, working_directory);
  if (!step.pmix.client.empty() && !is_shown(step.pmix.client, of_host.binds))
    folders.push_back(step.pmix.client);
  for (const auto& path : folders) {
    wanted.push_back({{path, here, Standing::wished}});
    files.push_back({path});
  }
  std::vector<Bind> binds;
  for (const auto& as_written : request.mounts) {
    TRY_ASSIGN(auto mount, as_written.in(working_directory));
    if (mount.kind == MountSpec::Kind::tmpfs) {
      TRY_ASSIGN(auto empty, make_tmpfs(mount.destination));
      binds.push_back(std::move(empty));
      continue;
    }
    const auto flags = mount.access == Access::read_only ? read_only(here) : here;
    files.push_back({mount.source});
    wanted.push_back({{mount.destination, flags, Standing::asked_for}, std::move(mount)});
  }
  if (files.empty()) return binds;
  TRY_ASSIGN(auto opened, open_as_user(attached, step.account, files));

  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& [place, asked_for] = wanted[i];
    const auto& file = opened[i];
    if (!file.place && asked_for) return mount_refused(*asked_for, file.error_number);
    if (!file.place) continue;
    const bool is_there = place.standing == Standing::wished &&
                          name_of_place(file.place.get()) == place.path &&
                          is_shown(place.path, of_host.binds);
    if (is_there) continue;
    auto bind = make_bind(file.place.get(), file.is_folder, place);
    if (!bind && asked_for) return mount_refused(*asked_for, bind.error().error_number);
    if (!bind) return std::move(bind).error();
    binds.push_back(*std::move(bind));
  }
  return binds;
}

}  // namespace chainer
