#include "spank_plugin/environment_build.hpp"

#include <unistd.h>

#include "core/container/image_environment.hpp"
#include "core/container/mount_tree.hpp"
#include "core/result.hpp"
#include "spank_plugin/container_root.hpp"
#include "spank_plugin/groundwork.hpp"
#include "spank_plugin/helper_pair.hpp"
#include "spank_plugin/made_entry.hpp"
#include "spank_plugin/site_path.hpp"
#include "spank_plugin/unguessable_name.hpp"
#include "spank_plugin/user_files.hpp"
#include "spank_plugin/warm_mounts.hpp"

namespace chainer {
namespace {

constexpr char tools_place[] = "/opt/chainer/tools";
constexpr char base_place[] = "/opt/chainer/base";
constexpr char scratch_prefix[] = "/tmp/chainer-env.";

Result<Bind> bind_folder(int place, const char* destination, MountFlags flags) {
  auto tree = clone_tree(place, flags);
  if (!tree) return std::move(tree).error().within(std::string("cannot bind ") + destination);
  return Bind{*std::move(tree), Bind::Kind::directory, destination};
}

Error lacks_tool(const std::string& path, int error_number) {
  return Error::from_errno("cannot build: " + path, error_number)
      .with_hint(
          "an administrator must fill that folder with packaging/make-tools, or correct 'tools' in "
          "plugin.conf");
}

/// The builders as this host has them: what is missing here would be looked for in the image, under
/// a path that nobody there knows. Every user who builds runs what lies in the folder, so nobody
/// but root may put anything there.
Result<UniqueFd> open_tools(const std::string& folder) {
  auto tools = open_site_folder(folder);
  if (tools.verdict == SitePath::Verdict::not_roots) {
    return Error{"cannot trust the builders' folder " + folder +
                     ": others than root can write in " + tools.name,
                 "an administrator must correct the owner and mode of that folder"};
  }
  if (tools.verdict != SitePath::Verdict::opened) return lacks_tool(folder, tools.error_number);
  for (const auto* tool : {"uv", "chainer-inside"}) {
    if (::faccessat(tools.place.get(), tool, X_OK, 0) != 0)
      return lacks_tool(folder + "/" + tool, errno);
  }
  return std::move(tools.place);
}

/// Becomes the environment; node-local, and the user's. It goes when the build does, however its
/// user's side ended.
struct Scratch {
  const Attached& attached;
  const Account& account;
  std::string path;
  UniqueFd place;  ///< with its lock: without it, another build of this user's would remove it
  ~Scratch() { remove_scratch_as_user(attached, account, path, scratch_prefix); }
};

/// What an environment is built from besides the image.
struct BuildPlaces {
  int scratch;
  UniqueFd tools;
  UniqueFd base;  ///< a curated environment, mounted: what is there is not built; may be empty
};

/// The builder's container: the image, a writable env prefix on node-local disk, and the tools.
Result<UniqueFd> build_builder(const Attached& attached, const Step& step, const Request& request,
                               const Site& site, const StoreReader& store, const ImageEntry& image,
                               BuildPlaces places) {
  TRY_ASSIGN(auto tools_bind,
             bind_folder(places.tools.get(), tools_place, read_only(nosuid_nodev())));
  TRY_ASSIGN(auto scratch_bind, bind_folder(places.scratch, env_prefix, nosuid_nodev()));

  TRY_ASSIGN(auto root, mount_image(image, store, site.conf));
  TRY_ASSIGN(auto groundwork, lay_groundwork(step, site.conf));
  // The builders' own settings and cache lie in the account's home, whatever the step sees of it.
  auto of_builder = request;
  of_builder.home = Home::of_account;
  TRY_ASSIGN(auto parts,
             complete_parts(attached, std::move(groundwork), step, of_builder, site.conf));
  parts.root.binds.push_back(std::move(tools_bind));
  parts.root.binds.push_back(std::move(scratch_bind));
  if (places.base)
    parts.root.binds.push_back({std::move(places.base), Bind::Kind::directory, base_place});
  return build_container(attached, std::move(root), std::move(parts));
}

}  // namespace

Result<UniqueFd> mount_base(const std::optional<OpenEntry>& base, const StoreReader& store,
                            const PluginConf& conf) {
  if (!base) return UniqueFd();
  auto tree = mount_entry(*base, store, conf);
  if (!tree) return std::move(tree).error().within("cannot mount the curated environment");
  return tree;
}

Result<EnvironmentEntry> build_environment(const Attached& attached, const Step& step,
                                           const Request& request, const Site& site,
                                           const StoreReader& store, const ImageEntry& image,
                                           const BuildOrder& build) {
  auto tools = open_tools(site.conf.tools);  // first: a folder for the build would stay behind
  if (!tools) return std::move(tools).error();
  TRY_ASSIGN(auto base, mount_base(build.base, store, site.conf));
  const bool has_base = static_cast<bool>(base);
  TRY_ASSIGN(auto scratch_name, unguessable_name());
  const std::string scratch_path =
      scratch_prefix + step.id() + "." + std::to_string(step.restart_count) + "." + scratch_name;
  TRY_ASSIGN(auto opened,
             open_as_user(attached, step.account, {{scratch_path, UserFile::Kind::scratch}}));
  if (!opened.front().place) {
    return Error::from_errno("cannot make the folder " + scratch_path, opened.front().error_number);
  }
  const Scratch scratch{attached, step.account, scratch_path, std::move(opened.front().place)};
  TRY_ASSIGN(auto builder,
             build_builder(attached, step, request, site, store, image,
                           {scratch.place.get(), *std::move(tools), std::move(base)}));
  TRY_ASSIGN(auto inside, start_inside(attached, step, builder.get()));
  UserSide side{{"environment", "--label", step.label(), "--file", request.env_file, "--image",
                 image.use.key.to_string(), "--scratch", scratch_path, "--tools", site.conf.tools},
                std::move(inside.socket)};
  if (has_base) {
    side.arguments.emplace_back("--base");
    side.arguments.emplace_back(base_place);
  }
  TRY_ASSIGN(const auto curator, store.curator());
  TRY_ASSIGN(auto made,
             make_entry(attached, step, site, store,
                        {EntryKind::environment, build.suspect, curator}, std::move(side)));
  TRY_ASSIGN(auto stored, open_environment(store, made.entry, step.account.uid));
  return EnvironmentEntry{std::move(stored), UsedEntry::Origin::helpers, std::move(made.work)};
}

}  // namespace chainer
