#include "spank_plugin/container_root.hpp"

#include <fcntl.h>

#include "core/container/image_environment.hpp"
#include "core/container/layer.hpp"
#include "core/container/task_environment.hpp"
#include "core/result.hpp"
#include "spank_plugin/gpu_folder.hpp"
#include "spank_plugin/kernel_mount.hpp"
#include "spank_plugin/namespace_builder.hpp"
#include "spank_plugin/owned_files.hpp"
#include "spank_plugin/roots_folder.hpp"
#include "spank_plugin/user_files.hpp"

namespace chainer {
namespace {

Result<void> map_files_to(const Account& account, int image) {
  auto mapped = map_root_to(image, account.uid, account.gid);
  if (mapped) return {};
  return std::move(mapped)
      .error()
      .within("cannot make the container writable")
      .with_hint("leave out what makes it writable, or ask for nodes with Linux 6.2 or newer");
}

/// Files of the account's own are given back by a change of their owner, without their data.
CopyUp copy_up_for(const Account& account, int image) {
  return may_hold_files_of(account, image) ? CopyUp::metadata : CopyUp::whole;
}

Result<void> give_files_back(const Account& account, int root) {
  auto given = give_roots_files_to(account, root);
  if (given) return {};
  return std::move(given).error().within("cannot make the container writable");
}

Result<void> add_environment(const Staging& staging, ContainerParts& parts) {
  if (!parts.environment) return {};
  TRY_ASSIGN(auto merged, merge_layers(staging, *parts.environment));
  parts.root.binds.push_back({std::move(merged), Bind::Kind::directory, env_prefix});
  return {};
}

/// As one tree with the files' mounts in it, for which the image needs a single mount point.
Result<void> add_gpu_files(const Staging& staging, ContainerParts& parts) {
  if (parts.gpu_files.files.empty()) return {};
  TRY_ASSIGN(const auto folder, staging.new_folder("gpu"));
  TRY(lay_gpu_files_out(parts.gpu_files, folder.get()));
  TRY_ASSIGN(auto tree, clone_tree(folder.get(), read_only(nosuid_nodev())));
  parts.root.binds.push_back({std::move(tree), Bind::Kind::directory, gpu_prefix});
  return {};
}

}  // namespace

Result<ImageMounts> put_root_together(const Attached& attached, UniqueFd image,
                                      ContainerParts& parts) {
  const bool gets_a_layer = parts.root.writable && !parts.root.is_layered;
  const auto copy_up = gets_a_layer ? copy_up_for(parts.account, image.get()) : CopyUp::whole;
  if (gets_a_layer) TRY(map_files_to(parts.account, image.get()));
  TRY_ASSIGN(const auto staging, staging_below(parts.run_dir, parts.root.staging_size()));
  TRY(add_name_files(image.get(), staging, parts.root));
  TRY(add_environment(staging, parts));
  TRY(add_gpu_files(staging, parts));
  TRY_ASSIGN(auto root,
             attach_image(std::move(image), staging, parts.root, copy_up, MountedBy::root));
  if (copy_up == CopyUp::metadata) TRY(give_files_back(parts.account, root.root()));
  const auto open_as_user = [&](const std::string& path) -> Result<UniqueFd> {
    TRY_ASSIGN(auto opened, open_in_root_as_user(attached, parts.account, root.root(), path));
    if (opened.place) return std::move(opened.place);
    return Error::from_errno("cannot open the mount point " + path, opened.error_number,
                             Fault::user);
  };
  TRY(complete_root(root, parts.root, open_as_user));
  return root;
}

Result<UniqueFd> build_container(const Attached& attached, UniqueFd image, ContainerParts parts) {
  return build_namespace(attached, [&]() -> Result<void> {
    TRY_ASSIGN(const auto root, put_root_together(attached, std::move(image), parts));
    return make_it_the_root(root.root());
  });
}

Result<UniqueFd> build_layer(const Attached& attached, UniqueFd image, const Account& account,
                             const UserNames& names, const std::string& run_dir, ByteSize size) {
  return build_mount(attached, [&]() -> Result<UniqueFd> {
    const auto copy_up = copy_up_for(account, image.get());
    TRY(map_files_to(account, image.get()));
    TRY_ASSIGN(const auto staging, staging_below(run_dir, size));
    TRY_ASSIGN(auto layer, put_layer_over(image.get(), staging, 0, copy_up, MountedBy::root));
    if (copy_up == CopyUp::metadata) TRY(give_files_back(account, layer.get()));
    write_name_files(ImageMounts(UniqueFd(::fcntl(layer.get(), F_DUPFD_CLOEXEC, 0))), names);
    return layer;
  });
}

Result<UniqueFd> build_private_shm(const Attached& attached, ByteSize shm_size) {
  return build_namespace(attached, [&] { return attach_own_shm(shm_size); });
}

}  // namespace chainer
