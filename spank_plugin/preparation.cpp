#include "spank_plugin/preparation.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "core/env_lock_head.hpp"
#include "spank_plugin/bind_list.hpp"
#include "spank_plugin/container_root.hpp"
#include "spank_plugin/helper_pair.hpp"
#include "spank_plugin/image_environment.hpp"
#include "spank_plugin/kernel_mount.hpp"
#include "spank_plugin/name_files.hpp"
#include "spank_plugin/store_reader.hpp"
#include "spank_plugin/user_files.hpp"

namespace chainer {
namespace {

constexpr char tools_place[] = "/opt/chainer/tools";
constexpr char scratch_prefix[] = "/tmp/chainer-env.";

/// An entry of the store, open and pinned.
struct Entry {
  Digest key;
  UniqueFd file;
};

Error already_reported() { return Error{}; }

/// Has the two helpers make an entry, and opens the one that the store's side names.
Result<Entry> make_entry(const Step& step, const Site& site, const StoreReader& store, UserSide user_side) {
  auto verdict = run_helper_pair(step, site.conf, site.conf_path, store.account(), std::move(user_side));
  if (!verdict) return std::move(verdict).error();
  if (!verdict->entry) return already_reported();
  auto file = store.open_named(*verdict->entry, step.account.uid);
  if (!file) return std::move(file).error();
  return Entry{verdict->entry->key, *std::move(file)};
}

Result<Entry> find_or_fetch_image(const Step& step, const ImageRequest& image, const Site& site,
                                  const StoreReader& store) {
  if (image.digest) {
    auto file = store.find(*image.digest, step.account.uid);
    if (!file) return std::move(file).error();
    if (*file) return Entry{*image.digest, **std::move(file)};
  }
  UserSide side{{"image", "--label", step.label(), "--reference", image.reference.text()}, {}};
  const auto add = [&](const char* option, std::string value) {
    side.arguments.emplace_back(option);
    side.arguments.push_back(std::move(value));
  };
  if (image.digest) add("--digest", image.digest->to_string());
  if (!image.auth_file.empty()) add("--auth", image.auth_file);
  return make_entry(step, site, store, std::move(side));
}

/// An empty folder of root's own to put the new root together in.
Result<std::string> make_staging(const PluginConf& conf) {
  const std::string path = conf.run_dir + "/root";
  for (const auto& [folder, mode] : {std::pair{conf.run_dir, mode_t{0755}}, {path, mode_t{0700}}}) {
    if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) {
      return Error::from_errno("cannot make " + folder, errno);
    }
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0) return Error::from_errno("cannot stat " + folder, errno);
    if (!S_ISDIR(status.st_mode) || status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      return Error{"cannot trust " + folder + ": others than root can write there",
                   "an administrator must correct its owner and mode"};
    }
  }
  return path;
}

std::string current_directory() {
  // The name that the kernel has for it: getcwd would do the same, but needs search permission on
  // the way up where the home is on a share that squashes root.
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/cwd", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "/";
}

Result<ContainerParts> collect_parts(const Step& step, const Request& request, const Site& site) {
  auto names = look_up_names(step.account);
  if (!names) return std::move(names).error();
  auto staging = make_staging(site.conf);
  if (!staging) return std::move(staging).error();
  auto binds = collect_binds(step, request, site.conf, names->home, current_directory());
  if (!binds) return std::move(binds).error();
  return ContainerParts{*std::move(binds), *std::move(names), request.shm_size, request.writable,
                        step.account, *std::move(staging)};
}

Result<UniqueFd> build_around(const Entry& image, ContainerParts parts) {
  auto root = mount_squashfs(image.file.get(), nosuid_nodev());
  if (!root) return std::move(root).error().within("cannot mount the image");
  return build_container(*std::move(root), std::move(parts));
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

/// The builder's container: the image, a writable env prefix on node-local disk, and the tools.
Result<UniqueFd> build_builder(const Step& step, const Request& request, const Site& site, const Entry& image,
                               const UniqueFd& scratch) {
  auto parts = collect_parts(step, request, site);
  if (!parts) return std::move(parts).error();
  const UniqueFd tools(::open(site.conf.tools.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!tools) {
    return Error::from_errno("cannot open the builders' folder " + site.conf.tools, errno)
        .with_hint("an administrator must fill it with packaging/make-tools, or correct 'tools' in plugin.conf");
  }
  auto tools_bind = bind_folder(tools.get(), tools_place, read_only(nosuid_nodev()));
  if (!tools_bind) return std::move(tools_bind).error();
  auto scratch_bind = bind_folder(scratch.get(), env_prefix, nosuid_nodev());
  if (!scratch_bind) return std::move(scratch_bind).error();
  parts->binds.push_back(*std::move(tools_bind));
  parts->binds.push_back(*std::move(scratch_bind));
  return build_around(image, *std::move(parts));
}

Result<Entry> build_environment(const Step& step, const Request& request, const Site& site,
                                const StoreReader& store, const Entry& image) {
  const std::string scratch_path = scratch_prefix + step.id() + "." + std::to_string(step.restart_count);
  auto opened = open_as_user(step.account, {{scratch_path, UserFile::Kind::scratch}});
  if (!opened) return std::move(opened).error();
  if (const auto& scratch = opened->front(); !scratch.place) {
    return Error::from_errno("cannot make the folder " + scratch_path, scratch.error_number);
  }
  auto builder = build_builder(step, request, site, image, opened->front().place);
  if (!builder) return std::move(builder).error();
  auto inside = start_inside(step, builder->get());
  if (!inside) return std::move(inside).error();
  return make_entry(step, site, store,
                    {{"environment", "--label", step.label(), "--file", request.env_file, "--image",
                      image.key.to_string(), "--scratch", scratch_path},
                     std::move(inside->socket)});
}

Result<Entry> find_or_build_environment(const Step& step, const Request& request, const Site& site,
                                        const StoreReader& store, const Entry& image) {
  auto opened = open_as_user(step.account, {{request.env_file, UserFile::Kind::head}});
  if (!opened) return std::move(opened).error();
  const auto& file = opened->front();
  if (file.error_number != 0) return env_refused(request.env_file, file.error_number);

  if (EnvLockHead::starts(file.head)) {
    const auto head = EnvLockHead::parse(file.head);
    if (!head) return Error(head.error()).within("cannot use " + request.env_file);
    if (head->image == image.key) {
      auto entry = store.find(head->key, step.account.uid);
      if (!entry) return std::move(entry).error();
      if (*entry) return Entry{head->key, **std::move(entry)};
    }
  }
  return build_environment(step, request, site, store, image);
}

Result<void> check_account(const Account& account, const PluginConf& conf) {
  if (account.uid != 0 || conf.allow_root) return {};
  return Error{"cannot start a container for a job of uid 0",
               "run the job as an ordinary user; an administrator can set 'allow_root yes' in plugin.conf", 0,
               Fault::user};
}

}  // namespace

Result<SharedContainer> prepare_container(const Step& step, const Request& request, const Site& site) {
  if (auto allowed = check_account(step.account, site.conf); !allowed) return std::move(allowed).error();

  SharedContainer container;
  if (!request.image) {
    if (request.placement == Placement::on_host) return container;
    auto built = build_private_shm(request.shm_size);
    if (!built) return std::move(built).error();
    container.mount_namespace = *std::move(built);
    return container;
  }

  auto store = StoreReader::open(site.conf);
  if (!store) return std::move(store).error();
  auto image = find_or_fetch_image(step, *request.image, site, *store);
  if (!image) return std::move(image).error();
  std::optional<Entry> environment;
  if (!request.env_file.empty()) {
    auto found = find_or_build_environment(step, request, site, *store, *image);
    if (!found) return std::move(found).error();
    environment = *std::move(found);
  }

  if (request.placement == Placement::in_container) {
    auto parts = collect_parts(step, request, site);
    if (!parts) return std::move(parts).error();
    if (environment) {
      auto tree = mount_squashfs(environment->file.get(), nosuid_nodev());
      if (!tree) return std::move(tree).error().within("cannot mount the environment");
      parts->binds.push_back({*std::move(tree), Bind::Kind::directory, env_prefix});
    }
    auto built = build_around(*image, *std::move(parts));
    if (!built) return std::move(built).error();
    container.mount_namespace = *std::move(built);
  }
  container.image_pin = std::move(image->file);
  if (environment) container.env_pin = std::move(environment->file);
  return container;
}

}  // namespace chainer
