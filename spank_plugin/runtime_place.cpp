#include "spank_plugin/runtime_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/container/mount_tree.hpp"
#include "core/container/root_folder.hpp"
#include "core/container/started_task.hpp"
#include "spank_plugin/gpu_folder.hpp"
#include "spank_plugin/namespace_builder.hpp"
#include "spank_plugin/own_program.hpp"
#include "spank_plugin/roots_folder.hpp"

namespace chainer {
namespace {

/// A tmpfs that is seen only in this namespace, and that everybody there may enter.
Result<UniqueFd> make_place(const std::string& run_dir) {
  TRY(own_folder(run_dir, 0755));
  TRY_ASSIGN(const auto place, own_folder(RuntimePlace::below(run_dir).folder, 0755));
  TRY_ASSIGN(auto tree, mount_tmpfs(unbounded_tmpfs, 0755, nosuid_nodev()));
  TRY(attach(tree.get(), place.get()));
  return tree;
}

Error not_made(const char* name) {
  return Error::from_errno(std::string("cannot make ") + name + " for the container's runtime",
                           errno);
}

Result<void> show_folder(int place, const char* name, int tree) {
  if (::mkdirat(place, name, 0755) != 0) return not_made(name);
  return attach_at(tree, place, name);
}

Result<void> show_file(int place, const char* name, int tree) {
  if (::mknodat(place, name, S_IFREG | 0644, 0) != 0) return not_made(name);
  return attach_at(tree, place, name);
}

Result<void> make_work_folder(int place, const Account& account) {
  constexpr char name[] = "work";
  if (::mkdirat(place, name, 0700) != 0 ||
      ::fchownat(place, name, account.uid, account.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return not_made(name);
  return {};
}

/// Merges the layers where the native runtime does, in a folder that only root can enter.
Result<UniqueFd> merge_in_staging(const std::string& run_dir, const EnvironmentLayers& layers) {
  TRY_ASSIGN(const auto staging, staging_below(run_dir, small_staging));
  return merge_layers(staging, layers);
}

Result<void> show_environment(int place, RuntimeParts& parts) {
  auto& [whole, layers] = parts.environment;
  if (layers) {
    TRY_ASSIGN(whole, merge_in_staging(parts.run_dir, *layers));
  }
  return whole ? show_folder(place, "environment", whole.get()) : Result<void>();
}

Result<void> show_gpu_files(int place, const GpuFiles& list) {
  constexpr char name[] = "gpu";
  if (list.files.empty()) return {};
  if (::mkdirat(place, name, 0755) != 0) return not_made(name);
  const UniqueFd folder(::openat(place, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return not_made(name);
  return lay_gpu_files_out(list, folder.get());
}

Result<void> lay_out(RuntimeParts& parts) {
  TRY_ASSIGN(const auto place, make_place(parts.run_dir));
  TRY(show_folder(place.get(), "image", parts.image.get()));
  TRY(show_environment(place.get(), parts));
  TRY(show_gpu_files(place.get(), parts.gpu_files));
  TRY(show_file(place.get(), "program", parts.program.get()));
  TRY(make_work_folder(place.get(), parts.account));
  return attach_own_shm(parts.shm_size);
}

/// The mount points that the runtime and its tasks need beside those of any container: it cannot
/// make them in folders of root's.
Result<void> add_mount_points(UniqueFd program, const std::string& host, RootParts& root) {
  TRY_ASSIGN(auto told, mount_tmpfs(unbounded_tmpfs, 0755, read_only(nosuid_nodev())));
  root.binds.push_back({std::move(told), Bind::Kind::directory, told_place});
  root.binds.push_back({std::move(program), Bind::Kind::file, start_program});
  root.files.push_back({"hostname", "/etc/hostname", host + "\n"});
  return {};
}

Result<void> lay_root_out(const Attached& attached, UniqueFd image, ContainerParts& parts) {
  TRY_ASSIGN(const auto place, make_place(parts.run_dir));
  TRY(make_work_folder(place.get(), parts.account));
  TRY_ASSIGN(const auto root, put_root_together(attached, std::move(image), parts));
  TRY_ASSIGN(const auto tree, clone_tree(root.root(), nosuid()));
  TRY(show_folder(place.get(), "root", tree.get()));
  return attach_own_shm(parts.root.shm_size);
}

}  // namespace

Result<UniqueFd> build_runtime_root(const Attached& attached, UniqueFd image, UniqueFd program,
                                    const std::string& host, ContainerParts parts) {
  TRY(add_mount_points(std::move(program), host, parts.root));
  return build_namespace(attached, [&] { return lay_root_out(attached, std::move(image), parts); });
}

Result<UniqueFd> build_runtime_place(const Attached& attached, RuntimeParts parts) {
  return build_namespace(attached, [&] { return lay_out(parts); });
}

std::string runtime_program(const std::string& helper) {
  return program_beside(helper, "chainer-runtime");
}

Result<UniqueFd> mount_runtime_program(const std::string& helper) {
  return mount_program(runtime_program(helper));
}

}  // namespace chainer
