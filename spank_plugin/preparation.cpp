#include "spank_plugin/preparation.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "core/container/image_environment.hpp"
#include "core/container/name_files.hpp"
#include "core/container/path_text.hpp"
#include "core/environment_files.hpp"
#include "core/result.hpp"
#include "core/trusted_path.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/batch_folder.hpp"
#include "spank_plugin/bind_list.hpp"
#include "spank_plugin/container.hpp"
#include "spank_plugin/container_root.hpp"
#include "spank_plugin/current_directory.hpp"
#include "spank_plugin/entrypoint.hpp"
#include "spank_plugin/helper_pair.hpp"
#include "spank_plugin/kernel_mount.hpp"
#include "spank_plugin/running_steps.hpp"
#include "spank_plugin/site_path.hpp"
#include "spank_plugin/store_reader.hpp"
#include "spank_plugin/stored_environment.hpp"
#include "spank_plugin/user_binds.hpp"
#include "spank_plugin/user_files.hpp"
#include "spank_plugin/user_namespace.hpp"
#include "spank_plugin/variables.hpp"
#include "spank_plugin/warm_mounts.hpp"

namespace chainer {
namespace {

constexpr char tools_place[] = "/opt/chainer/tools";
constexpr char base_place[] = "/opt/chainer/base";
constexpr char scratch_prefix[] = "/tmp/chainer-env.";

/// An entry of the store, open and pinned.
struct Entry {
  UsedEntry use;
  OpenEntry open;
};

/// An environment of the store, likewise.
struct Environment {
  StoredEnvironment stored;
  UsedEntry::Origin origin{UsedEntry::Origin::store};
  PreparationWork work{};

  UsedEntry use() const { return {stored.key, origin, work}; }
};

/// The helpers have told it.
Error told(StoreVerdict verdict) {
  Error error{std::move(verdict.cause), {}, 0, fault_of(verdict.outcome)};
  error.is_told = true;
  return error;
}

/// What the store's side names, and what it took.
struct MadeEntry {
  StoreEntry entry;
  PreparationWork work;
};

/// Has the two helpers make an entry.
Result<MadeEntry> make_entry(const Attached& attached, const Step& step, const Site& site,
                             const StoreReader& store, const Order& order, UserSide user_side) {
  auto verdict = run_helper_pair(attached, step, site.conf, site.conf_path, store.account(), order,
                                 std::move(user_side));
  if (!verdict) return std::move(verdict).error();
  if (!verdict->entry) return told(*std::move(verdict));
  return MadeEntry{*verdict->entry, std::move(verdict->work)};
}

Result<std::optional<Entry>> find_entry(EntryKind kind, const std::optional<Digest>& key,
                                        const Step& step, const StoreReader& store) {
  if (!key) return std::optional<Entry>();
  TRY_ASSIGN(auto found, store.find(kind, *key, step.account.uid));
  if (!found) return std::optional<Entry>();
  return std::optional<Entry>({{*key}, *std::move(found)});
}

/// Whether a mount failed for what the entry holds, and not for what the node lacks.
bool looks_damaged(const Error& error) {
  constexpr int numbers[] = {EINVAL, EIO, EUCLEAN, EBADMSG};
  return std::ranges::find(numbers, error.error_number) != std::end(numbers);
}

Result<Entry> fetch_image(const Attached& attached, const Step& step, const ImageRequest& image,
                          const Site& site, const StoreReader& store,
                          const std::optional<Digest>& suspect) {
  UserSide side{{"image", "--label", step.label(), "--reference", image.reference.text()}, {}};
  const auto add = [&](const char* option, std::string value) {
    side.arguments.emplace_back(option);
    side.arguments.push_back(std::move(value));
  };
  if (image.digest) add("--digest", image.digest->to_string());
  if (!image.auth_file.empty()) add("--auth", image.auth_file);
  const Order order{kind_of_image(image.reference), suspect};
  TRY_ASSIGN(auto made, make_entry(attached, step, site, store, order, std::move(side)));
  TRY_ASSIGN(auto opened, store.open_named(made.entry, order.kind, step.account.uid));
  return Entry{{made.entry.key, UsedEntry::Origin::helpers, std::move(made.work)},
               std::move(opened)};
}

/// Everything of a container that can be had before the task is attached, so that it overlaps with
/// what slurmstepd still does.
struct Groundwork {
  UserNames names;
  HostBinds binds;
};

Result<Groundwork> lay_groundwork(const Step& step, const PluginConf& conf) {
  TRY_ASSIGN(auto names, look_up_names(step.account));
  TRY_ASSIGN(auto binds, host_binds(step, conf));
  return Groundwork{std::move(names), std::move(binds)};
}

Result<ContainerParts> complete_parts(const Attached& attached, Groundwork groundwork,
                                      const Step& step, const Request& request,
                                      const PluginConf& conf) {
  TRY_ASSIGN(auto binds, user_binds(attached, step, request, groundwork.binds,
                                    groundwork.names.home, current_directory()));
  std::ranges::move(binds, std::back_inserter(groundwork.binds.binds));
  return ContainerParts{{std::move(groundwork.binds.binds), std::move(groundwork.names),
                         request.shm_size, request.writable},
                        step.account,
                        conf.run_dir};
}

Result<UniqueFd> mount_image(const Entry& image, const StoreReader& store, const PluginConf& conf) {
  auto root = mount_entry(image.open, store, conf);
  if (!root) return std::move(root).error().within("cannot mount the image");
  return root;
}

Result<Bind> bind_folder(int place, const char* destination, MountFlags flags) {
  auto tree = clone_tree(place, flags);
  if (!tree) return std::move(tree).error().within(std::string("cannot bind ") + destination);
  return Bind{*std::move(tree), Bind::Kind::directory, destination};
}

Error env_refused(const std::string& file, int error_number) {
  return Error::from_errno("cannot read the environment file " + file, error_number, Fault::user)
      .with_hint("correct --chainer-env: the file must be readable by you on every node");
}

/// /tmp is everybody's: a name that can be foreseen could be taken first, and the build would fail.
Result<std::string> unguessable_name() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    return Error::from_errno("cannot get random bytes", errno);
  }
  return std::to_string(number);
}

Error lacks_tool(const std::string& path, int error_number) {
  return Error::from_errno("cannot build: " + path, error_number)
      .with_hint(
          "an administrator must fill that folder with packaging/make-tools, or correct 'tools' in "
          "plugin.conf");
}

/// The builders as this host has them: what lacks here would be looked for in the image, under a
/// path that nobody here knows. What lies there is run by every user who builds: nobody but root
/// may put anything there.
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

/// What an environment is built from besides the image.
struct BuildPlaces {
  UniqueFd scratch;  ///< becomes the environment; node-local, and the user's
  UniqueFd tools;
  UniqueFd base;  ///< a curated environment, mounted: what is there is not built; may be empty
};

/// The builder's container: the image, a writable env prefix on node-local disk, and the tools.
Result<UniqueFd> build_builder(const Attached& attached, const Step& step, const Request& request,
                               const Site& site, const StoreReader& store, const Entry& image,
                               BuildPlaces places) {
  TRY_ASSIGN(auto tools_bind,
             bind_folder(places.tools.get(), tools_place, read_only(nosuid_nodev())));
  TRY_ASSIGN(auto scratch_bind, bind_folder(places.scratch.get(), env_prefix, nosuid_nodev()));

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

/// The build's folder goes when the build does, however its user's side ended.
struct ScratchRemoval {
  const Attached& attached;
  const Account& account;
  std::string path;
  ~ScratchRemoval() { remove_scratch_as_user(attached, account, path, scratch_prefix); }
};

/// What a build is given of the store: the curated environment that it is for, where there is one,
/// and the entry that could not be mounted.
struct BuildOrder {
  std::optional<OpenEntry> base{};
  std::optional<Digest> suspect{};
};

Result<UniqueFd> mount_base(const std::optional<OpenEntry>& base, const StoreReader& store,
                            const PluginConf& conf) {
  if (!base) return UniqueFd();
  auto tree = mount_entry(*base, store, conf);
  if (!tree) return std::move(tree).error().within("cannot mount the curated environment");
  return tree;
}

Result<Environment> build_environment(const Attached& attached, const Step& step,
                                      const Request& request, const Site& site,
                                      const StoreReader& store, const Entry& image,
                                      const BuildOrder& build) {
  auto tools = open_tools(site.conf.tools);  // first: a folder for the build would stay
  if (!tools) return std::move(tools).error();
  TRY_ASSIGN(auto base, mount_base(build.base, store, site.conf));
  const bool has_base = static_cast<bool>(base);
  TRY_ASSIGN(auto scratch_name, unguessable_name());
  const std::string scratch_path =
      scratch_prefix + step.id() + "." + std::to_string(step.restart_count) + "." + scratch_name;
  TRY_ASSIGN(auto opened,
             open_as_user(attached, step.account, {{scratch_path, UserFile::Kind::scratch}}));
  auto& scratch = opened.front();
  if (!scratch.place) {
    return Error::from_errno("cannot make the folder " + scratch_path, scratch.error_number);
  }
  const ScratchRemoval removal{attached, step.account, scratch_path};
  TRY_ASSIGN(auto builder,
             build_builder(attached, step, request, site, store, image,
                           {std::move(scratch.place), *std::move(tools), std::move(base)}));
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
  return Environment{std::move(stored), UsedEntry::Origin::helpers, std::move(made.work)};
}

Result<Environment> find_or_build_environment(const Attached& attached, const Step& step,
                                              const Request& request, const Site& site,
                                              const StoreReader& store, const Entry& image) {
  TRY_ASSIGN(auto opened, open_as_user(attached, step.account,
                                       {{request.env_file, UserFile::Kind::digest},
                                        {base_lock_of(request.env_file), UserFile::Kind::digest}}));
  const auto& file = opened[0];
  if (file.error_number != 0) return env_refused(request.env_file, file.error_number);

  // Whatever the file is: only of a lock's bytes can there be an environment.
  if (file.digest) {
    TRY_ASSIGN(auto stored, find_environment(store, image.use.key, *file.digest, step.account.uid));
    if (stored) return Environment{*std::move(stored)};
  }
  BuildOrder build;
  if (const auto& base_lock = opened[1].digest) {
    TRY_ASSIGN(build.base, find_curated(store, image.use.key, *base_lock));
  }
  return build_environment(attached, step, request, site, store, image, build);
}

Result<void> check_account(const Account& account, const PluginConf& conf) {
  if (account.uid != 0 || conf.allow_root) return {};
  return Error{
      "cannot start a container for a job of uid 0",
      "run the job as an ordinary user; an administrator can set 'allow_root yes' in plugin.conf",
      0, Fault::user};
}

/// Whether anything of the request is looked for in the job's working directory, or starts there.
bool needs_jobs_folder(const Request& request) {
  const auto is_relative = [](const std::string& path) {
    return !path.empty() && !path.starts_with('/');
  };
  if (request.placement == Placement::in_container && request.workdir.empty()) return true;
  if (is_relative(request.env_file) || is_relative(request.image->auth_file)) return true;
  return std::ranges::any_of(request.mounts, [&](const MountSpec& mount) {
    return mount.kind == MountSpec::Kind::bind && is_relative(mount.source);
  });
}

/// The folder that was asked for, where Slurm stands in its fallback. srun has told it; of a batch
/// script only Slurm knows.
Result<std::optional<AskedFolder>> folder_that_was_asked_for(const Step& step,
                                                             const Request& request,
                                                             StepChannel& channel) {
  if (current_directory() != slurms_fallback) return std::optional<AskedFolder>();
  if (step.step_id != batch_step)
    return AskedFolder::parse(variable_of(step.environment, asked_variable).value_or(""));
  if (!needs_jobs_folder(request)) return std::optional<AskedFolder>();
  TRY_ASSIGN(const auto attached, channel.wait_until_attached());
  TRY_ASSIGN(auto folder, folder_of_batch_script(attached, step));
  return std::optional(std::move(folder));
}

/// The request with the user's relative paths as seen from `folder`: from where Slurm fell back to,
/// they would lead to whatever is there.
Result<Request> seen_from(const std::string& folder, Request request) {
  if (!request.env_file.empty()) request.env_file = absolute(request.env_file, folder);
  if (request.image && !request.image->auth_file.empty())
    request.image->auth_file = absolute(request.image->auth_file, folder);
  for (auto& mount : request.mounts) {
    TRY_ASSIGN(auto placed, mount.in(folder));
    mount = std::move(placed);
    if (mount.kind == MountSpec::Kind::bind) mount.source = absolute(mount.source, folder);
  }
  return request;
}

/// Only the account's own uid and gid have numbers in it: what others own stays closed, whatever
/// capability a task has there.
Result<UniqueFd> make_users_root(const Account& account) {
  auto made = make_user_namespace({IdMap::root_alone(account.uid), IdMap::root_alone(account.gid)});
  if (made) return made;
  return std::move(made)
      .error()
      .within("cannot make you root in the container")
      .with_hint(
          "leave --chainer-root out; an administrator can allow user namespaces on this node "
          "(user.max_user_namespaces)");
}

/// One step's preparation on its node. Only `begin` may run before the task is attached.
class Preparation {
 public:
  static Result<Preparation> create(const Step& step, const Request& request, const Site& site) {
    TRY_ASSIGN(auto store, StoreReader::open(site.conf));
    return Preparation(step, request, site, std::move(store));
  }

  /// What needs no child, so that it overlaps with what slurmstepd still does.
  Result<void> begin() {
    TRY_ASSIGN(auto found, find_entry(kind_of_image(request_.image->reference),
                                      request_.image->digest, step_, store_));
    image_ = std::move(found);
    if (request_.placement == Placement::on_host) return {};
    if (image_) {
      auto mounted = mount();
      if (!mounted && !looks_damaged(mounted.error())) return mounted;
      // The store's side looks at the entry, and has it made again.
      if (!mounted) {
        suspect_ = image_->use.key;
        image_.reset();
      }
    }
    TRY_ASSIGN(auto groundwork, lay_groundwork(step_, site_.conf));
    groundwork_ = std::move(groundwork);
    return {};
  }

  /// Has made what the store lacks.
  Result<void> fetch_and_build(const Attached& attached) {
    if (!image_) {
      TRY_ASSIGN(auto fetched,
                 fetch_image(attached, step_, *request_.image, site_, store_, suspect_));
      image_ = std::move(fetched);
    }
    if (request_.env_file.empty()) return {};
    TRY_ASSIGN(auto built,
               find_or_build_environment(attached, step_, request_, site_, store_, *image_));
    environment_ = std::move(built);
    return {};
  }

  Result<UniqueFd> put_together(const Attached& attached) {
    if (!root_) {
      TRY(mount());
    }
    TRY_ASSIGN(auto parts,
               complete_parts(attached, std::move(groundwork_), step_, request_, site_.conf));
    if (environment_) TRY(add_environment(attached, parts));
    if (request_.entrypoint) {
      TRY_ASSIGN(auto program, bind_entrypoint_program(site_.conf.helper));
      parts.root.binds.push_back(std::move(program));
    }
    if (request_.root) {
      TRY_ASSIGN(users_root_, make_users_root(step_.account));
      parts.root.files.push_back({"apt.conf", apt_conf_path, apt_conf_text});
    }
    return build_container(attached, std::move(root_), std::move(parts));
  }

  /// Pinned for as long as a task lives: eviction leaves it alone.
  Prepared share(UniqueFd mount_namespace) && {
    Prepared prepared;
    prepared.container.mount_namespace = std::move(mount_namespace);
    prepared.container.user_namespace = std::move(users_root_);
    prepared.container.image_pin = std::move(image_->open.file);
    prepared.container.image = request_.image->reference.text();
    prepared.image = image_->use;
    if (environment_) {
      prepared.container.env_pin = std::move(environment_->stored.top.file);
      prepared.environment = environment_->use();
    }
    return prepared;
  }

 private:
  Preparation(const Step& step, const Request& request, const Site& site, StoreReader store)
      : step_(step), request_(request), site_(site), store_(std::move(store)) {}

  Result<void> mount() {
    TRY_ASSIGN(auto mounted, mount_image(*image_, store_, site_.conf));
    root_ = std::move(mounted);
    return {};
  }

  /// The base, where there is one, stays mounted for as long as the container is.
  Result<void> add_environment(const Attached& attached, ContainerParts& parts) {
    TRY_ASSIGN(auto tree, mount_environment(attached));
    if (!environment_->stored.base) {
      parts.root.binds.push_back({std::move(tree), Bind::Kind::directory, env_prefix});
      return {};
    }
    TRY_ASSIGN(auto base, mount_base(environment_->stored.base, store_, site_.conf));
    parts.environment = EnvironmentLayers{std::move(tree), std::move(base)};
    return {};
  }

  Result<UniqueFd> mount_environment(const Attached& attached) {
    auto tree = mount_entry(environment_->stored.top, store_, site_.conf);
    if (!tree && looks_damaged(tree.error())) {
      auto damaged = *std::exchange(environment_, std::nullopt);
      TRY_ASSIGN(auto built,
                 build_environment(attached, step_, request_, site_, store_, *image_,
                                   {std::move(damaged.stored.base), damaged.stored.key}));
      environment_ = std::move(built);
      tree = mount_entry(environment_->stored.top, store_, site_.conf);
    }
    if (!tree) return std::move(tree).error().within("cannot mount the environment");
    return tree;
  }

  const Step& step_;
  const Request& request_;
  const Site& site_;
  StoreReader store_;
  Groundwork groundwork_{};
  std::optional<Entry> image_{};
  std::optional<Digest> suspect_{};  ///< the image's key, where its entry could not be mounted
  std::optional<Environment> environment_{};
  UniqueFd root_{};        ///< the image, mounted
  UniqueFd users_root_{};  ///< with --chainer-root: the user namespace
};

Result<Prepared> prepare_shm_alone(const Request& request, StepChannel& channel) {
  Prepared prepared;
  if (request.placement == Placement::on_host) return prepared;
  TRY_ASSIGN(auto attached, channel.wait_until_attached());
  TRY_ASSIGN(auto built, build_private_shm(attached, request.shm_size));
  prepared.container.mount_namespace = std::move(built);
  return prepared;
}

}  // namespace

Result<Prepared> prepare_container(const Step& step, const Request& request, const Site& site,
                                   StepChannel& channel) {
  TRY(check_account(step.account, site.conf));
  if (request.attach) {
    TRY_ASSIGN(auto running, find_running_step(site.conf.run_dir, *request.attach, step));
    return Prepared{.container = std::move(running)};
  }
  if (!request.image) return prepare_shm_alone(request, channel);
  TRY_ASSIGN(auto asked, folder_that_was_asked_for(step, request, channel));
  TRY_ASSIGN(const auto seen, asked ? seen_from(asked->path, request) : Result(request));

  TRY_ASSIGN(auto preparation, Preparation::create(step, seen, site));
  TRY(preparation.begin());
  TRY_ASSIGN(auto attached, channel.wait_until_attached());
  // From here on there are children.
  TRY(preparation.fetch_and_build(attached));
  UniqueFd mount_namespace;
  if (request.placement == Placement::in_container) {
    TRY_ASSIGN(auto built, preparation.put_together(attached));
    mount_namespace = std::move(built);
  }
  auto prepared = std::move(preparation).share(std::move(mount_namespace));
  prepared.asked_folder = std::move(asked);
  return prepared;
}

}  // namespace chainer
