#include "spank_plugin/gpu_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/container/mount_tree.hpp"
#include "core/container/place.hpp"
#include "spank_plugin/site_path.hpp"
#include "spank_plugin/variables.hpp"

namespace chainer {
namespace {

constexpr char library_subfolder[] = "lib";
constexpr char tool_subfolder[] = "bin";

constexpr char how_to_renew[] =
    "an administrator must write this node's list anew: chainer-node gpu-files --write";

bool names_a_device(const std::optional<std::string>& value) {
  // What Slurm's gres.conf without device files leaves there.
  return value && !value->empty() && *value != "NoDevFiles";
}

std::string not_shown(const GpuFile& file) {
  return "cannot show the GPU driver's " + file.path + " in the container";
}

Error cannot_show(const GpuFile& file, int error_number) {
  return Error::from_errno(not_shown(file), error_number).with_hint(how_to_renew);
}

Error is_not_roots(const GpuFile& file) {
  return {not_shown(file) + ": others than root can change it",
          "an administrator must correct the owner and mode of it and of the folders above it"};
}

Result<void> check_is_roots_file(const GpuFile& file, int place) {
  const auto status = status_of_place(place);
  if (!status) return cannot_show(file, EIO);
  if (!S_ISREG(status->mode))
    return Error{not_shown(file) + ": it is not a regular file", how_to_renew};
  return only_root_may_write(place) ? Result<void>() : is_not_roots(file);
}

/// The file as a detached, read-only mount.
Result<UniqueFd> mount_gpu_file(const GpuFile& file, RootsMounts& mounts) {
  const auto found = open_site_path(file.path, mounts);
  switch (found.verdict) {
    case SitePath::Verdict::absent:
    case SitePath::Verdict::unreadable: return cannot_show(file, found.error_number);
    case SitePath::Verdict::not_roots: return is_not_roots(file);
    case SitePath::Verdict::opened: break;
  }
  TRY(check_is_roots_file(file, found.place.get()));
  auto tree = clone_tree(found.place.get(), read_only(nosuid_nodev()));
  if (!tree) return cannot_show(file, tree.error().error_number);
  return tree;
}

Result<UniqueFd> make_gpu_subfolder(int folder, const char* name) {
  if (::mkdirat(folder, name, 0755) != 0)
    return Error::from_errno("cannot make the folder of the GPU's files", errno);
  UniqueFd opened(::openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return Error::from_errno("cannot open the folder of the GPU's files", errno);
  return opened;
}

Result<void> show_gpu_file(const GpuFile& file, int folder, RootsMounts& mounts) {
  TRY_ASSIGN(const auto tree, mount_gpu_file(file, mounts));
  if (::mknodat(folder, file.name.c_str(), S_IFREG | 0444, 0) != 0) return cannot_show(file, errno);
  return attach_at(tree.get(), folder, file.name.c_str());
}

}  // namespace

bool has_gpus(std::uint32_t step_id, char* const* environment) {
  // A batch script's own variable is inherited by its sruns, also by those without a GPU.
  const auto* of_slurm = step_id == batch_step ? "SLURM_JOB_GPUS" : "SLURM_STEP_GPUS";
  return names_a_device(variable_of(environment, of_slurm)) ||
         names_a_device(variable_of(environment, "CUDA_VISIBLE_DEVICES"));
}

Result<GpuFiles> gpu_files_for(const Step& step, const PluginConf& conf) {
  if (!has_gpus(step.step_id, step.environment)) return GpuFiles{};
  TRY_ASSIGN(auto list, load_gpu_files(conf.gpu_files));
  return std::move(list).value_or(GpuFiles{});
}

Result<void> lay_gpu_files_out(const GpuFiles& list, int folder) {
  TRY_ASSIGN(const auto for_libraries, make_gpu_subfolder(folder, library_subfolder));
  TRY_ASSIGN(const auto for_tools, make_gpu_subfolder(folder, tool_subfolder));
  auto mounts = RootsMounts::known_at_first();
  for (const auto& file : list.files) {
    const bool is_library = file.kind == GpuFile::Kind::library;
    TRY(show_gpu_file(file, is_library ? for_libraries.get() : for_tools.get(), mounts));
  }
  return {};
}

}  // namespace chainer
