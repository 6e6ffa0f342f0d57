#include "spank_plugin/preparation.hpp"

#include <algorithm>
#include <iterator>

#include "core/container/image_environment.hpp"
#include "core/container/path_text.hpp"
#include "core/environment_files.hpp"
#include "core/result.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/batch_folder.hpp"
#include "spank_plugin/container.hpp"
#include "spank_plugin/container_root.hpp"
#include "spank_plugin/container_saving.hpp"
#include "spank_plugin/current_directory.hpp"
#include "spank_plugin/entrypoint.hpp"
#include "spank_plugin/environment_build.hpp"
#include "spank_plugin/gpu_folder.hpp"
#include "spank_plugin/groundwork.hpp"
#include "spank_plugin/image_entry.hpp"
#include "spank_plugin/running_steps.hpp"
#include "spank_plugin/runtime_place.hpp"
#include "spank_plugin/step_layer.hpp"
#include "spank_plugin/store_reader.hpp"
#include "spank_plugin/stored_environment.hpp"
#include "spank_plugin/user_files.hpp"
#include "spank_plugin/user_namespace.hpp"
#include "spank_plugin/variables.hpp"
#include "spank_plugin/warm_mounts.hpp"

namespace chainer {
namespace {

/// Whether a mount failed because of the entry's contents, and not of something the node lacks.
bool looks_damaged(const Error& error) {
  constexpr int numbers[] = {EINVAL, EIO, EUCLEAN, EBADMSG};
  return std::ranges::find(numbers, error.error_number) != std::end(numbers);
}

Error env_refused(const std::string& file, int error_number) {
  return Error::from_errno("cannot read the environment file " + file, error_number, Fault::user)
      .with_hint("correct --chainer-env: the file must be readable by you on every node");
}

Result<EnvironmentEntry> find_or_build_environment(const Attached& attached, const Step& step,
                                                   const Request& request, const Site& site,
                                                   const StoreReader& store,
                                                   const ImageEntry& image) {
  TRY_ASSIGN(auto opened, open_as_user(attached, step.account,
                                       {{request.env_file, UserFile::Kind::digest},
                                        {base_lock_of(request.env_file), UserFile::Kind::digest}}));
  const auto& file = opened[0];
  if (file.error_number != 0) return env_refused(request.env_file, file.error_number);

  // The file may be anything: only if it is a lock can an environment of its bytes' digest exist.
  if (file.digest) {
    TRY_ASSIGN(auto stored, find_environment(store, image.use.key, *file.digest, step.account.uid));
    if (stored) return EnvironmentEntry{*std::move(stored)};
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

/// A task of uid 0 would keep everything that root may do.
Result<void> check_account_of_runtime(const Account& account, Runtime runtime) {
  if (account.uid != 0 || runtime == Runtime::native) return {};
  return Error{"cannot start a container of " + name_of(runtime) + " for a job of uid 0",
               "leave --chainer-runtime out", 0, Fault::user};
}

/// Whether anything of the request is looked for in the job's working directory, or starts there.
bool needs_jobs_folder(const Request& request) {
  const auto is_relative = [](const std::string& path) {
    return !path.empty() && !path.starts_with('/');
  };
  if (request.placement == Placement::in_container && request.workdir.empty()) return true;
  if (is_relative(request.save) || is_relative(request.env_file) ||
      is_relative(request.image->auth_file))
    return true;
  return std::ranges::any_of(request.mounts, [&](const MountSpec& mount) {
    return mount.kind == MountSpec::Kind::bind && is_relative(mount.source);
  });
}

/// The folder that was asked for, where Slurm stands in its fallback. srun has told us; for a batch
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

/// The request with the user's relative paths resolved from `folder`: from Slurm's fallback they
/// would lead to whatever is there.
Result<Request> seen_from(const std::string& folder, Request request) {
  if (!request.env_file.empty()) request.env_file = absolute(request.env_file, folder);
  if (!request.save.empty()) request.save = absolute(request.save, folder);
  if (request.image && !request.image->auth_file.empty())
    request.image->auth_file = absolute(request.image->auth_file, folder);
  for (auto& mount : request.mounts) {
    TRY_ASSIGN(auto placed, mount.in(folder));
    mount = std::move(placed);
    if (mount.kind == MountSpec::Kind::bind) mount.source = absolute(mount.source, folder);
  }
  return request;
}

/// Only the account's own uid and gid exist in this namespace: what others own stays closed,
/// whatever capability a task has there.
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

  /// Does what needs no child, so that it overlaps with what slurmstepd still does.
  Result<void> begin() {
    TRY_ASSIGN(auto found, find_image(*request_.image, step_, store_));
    image_ = std::move(found);
    if (request_.placement == Placement::on_host) return {};
    TRY(find_layer());
    if (image_ && !root_) {
      auto mounted = mount();
      if (!mounted && !looks_damaged(mounted.error())) return mounted;
      // The store's side looks at the entry, and has it made again.
      if (!mounted) {
        suspect_ = image_->use.key;
        image_.reset();
      }
    }
    if (!takes_whole_root(request_.runtime)) return {};
    TRY_ASSIGN(auto groundwork, lay_groundwork(step_, site_.conf));
    groundwork_ = std::move(groundwork);
    return {};
  }

  /// Has the helpers make what the store lacks.
  Result<void> fetch_and_build(const Attached& attached) {
    // A layer holds the image that it lies over, which may have left the store meanwhile.
    const bool has_image = image_ || (root_ && request_.env_file.empty());
    if (!has_image) {
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
    if (!takes_whole_root(request_.runtime)) return put_together_for_runtime(attached);
    if (layer_ && !has_layer_) TRY(find_or_make_layer(attached));
    TRY_ASSIGN(auto parts,
               complete_parts(attached, std::move(groundwork_), step_, request_, site_.conf));
    parts.root.is_layered = layer_.has_value();
    if (environment_) TRY(add_environment(attached, parts));
    TRY_ASSIGN(parts.gpu_files, gpu_files_for(step_, site_.conf));
    if (request_.runtime != Runtime::native) {
      TRY_ASSIGN(auto program, mount_runtime_program(site_.conf.helper));
      return build_runtime_root(attached, std::move(root_), std::move(program), step_.host,
                                std::move(parts));
    }
    if (request_.entrypoint) {
      TRY_ASSIGN(auto program, bind_entrypoint_program(site_.conf.helper));
      parts.root.binds.push_back(std::move(program));
    }
    if (request_.root) {
      TRY_ASSIGN(users_root_, make_users_root(step_.account));
      parts.root.files.push_back({"apt.conf", apt_conf_path, apt_conf_text});
    }
    if (!save_as_.empty()) TRY(check_can_be_saved(attached, step_.account, save_as_));
    return build_container(attached, std::move(root_), std::move(parts));
  }

  /// What the tasks share. It is pinned for as long as one of them lives, so that eviction leaves
  /// it alone.
  Prepared share(UniqueFd mount_namespace) && {
    Prepared prepared;
    prepared.container.mount_namespace = std::move(mount_namespace);
    prepared.container.user_namespace = std::move(users_root_);
    if (image_) prepared.container.image_pin = std::move(image_->open.file);
    prepared.container.image = request_.image->reference.text();
    prepared.container.save_as = std::move(save_as_);
    prepared.image = image_ ? image_->use : UsedEntry{*request_.image->digest};
    if (environment_) {
      prepared.container.env_pin = std::move(environment_->stored.top.file);
      prepared.environment = environment_->use();
    }
    return prepared;
  }

 private:
  Preparation(const Step& step, const Request& request, const Site& site, StoreReader store)
      : step_(step), request_(request), site_(site), store_(std::move(store)) {
    // One node is enough: all began with the same image.
    if (!request.save.empty() && step.node_number == 0)
      save_as_ = absolute(request.save, current_directory());
    if (!request.layer.empty())
      layer_.emplace(step, site.conf, request.layer, request.image->reference);
  }

  Result<void> mount() {
    TRY_ASSIGN(auto mounted, mount_image(*image_, store_, site_.conf));
    root_ = std::move(mounted);
    return {};
  }

  /// With --chainer-layer: the job's, where one of its steps has made it.
  Result<void> find_layer() {
    const auto& key = request_.image->digest;
    if (!layer_ || !key) return {};
    TRY_ASSIGN(auto found, layer_->find(*key));
    has_layer_ = found.has_value();
    if (found) root_ = *std::move(found);
    return {};
  }

  Result<void> find_or_make_layer(const Attached& attached) {
    TRY_ASSIGN(root_, layer_->find_or_make(image_->use.key, [&] {
      return build_layer(attached, std::move(root_), step_.account, groundwork_.names,
                         site_.conf.run_dir, *site_.conf.layer_size);
    }));
    return {};
  }

  /// What another runtime makes the container of.
  Result<UniqueFd> put_together_for_runtime(const Attached& attached) {
    TRY_ASSIGN(auto program, mount_runtime_program(site_.conf.helper));
    EnvironmentTrees environment;
    if (environment_) {
      TRY_ASSIGN(environment, mount_environment_trees(attached));
    }
    TRY_ASSIGN(auto gpu_files, gpu_files_for(step_, site_.conf));
    return build_runtime_place(
        attached, {std::move(root_), std::move(program), std::move(environment),
                   std::move(gpu_files), step_.account, site_.conf.run_dir, request_.shm_size});
  }

  Result<void> add_environment(const Attached& attached, ContainerParts& parts) {
    TRY_ASSIGN(auto trees, mount_environment_trees(attached));
    if (trees.whole)
      parts.root.binds.push_back({std::move(trees.whole), Bind::Kind::directory, env_prefix});
    parts.environment = std::move(trees.layers);
    return {};
  }

  /// The base, where there is one, stays mounted for as long as the container is.
  Result<EnvironmentTrees> mount_environment_trees(const Attached& attached) {
    TRY_ASSIGN(auto tree, mount_environment(attached));
    if (!environment_->stored.base) return EnvironmentTrees{std::move(tree), {}};
    TRY_ASSIGN(auto base, mount_base(environment_->stored.base, store_, site_.conf));
    return EnvironmentTrees{{}, EnvironmentLayers{std::move(tree), std::move(base)}};
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
  std::optional<ImageEntry> image_{};
  std::optional<Digest> suspect_{};  ///< the image's key, where its entry could not be mounted
  std::optional<EnvironmentEntry> environment_{};
  UniqueFd root_{};  ///< the image, mounted, or the layer over it
  std::optional<StepLayer> layer_{};
  bool has_layer_{false};  ///< whether `root_` was found as the job's layer
  std::string save_as_{};  ///< with --chainer-save
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
  TRY(check_account_of_runtime(step.account, request.runtime));
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
  // From here on there may be children.
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
