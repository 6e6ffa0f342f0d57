#include "spank_plugin/image_environment.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_image_conf = 1024 * 1024;

// Set by slurmstepd, mpi/pmix and the gres plugins for this task: an image that carries its own
// (made from a running job, say) would break the launch.
constexpr std::string_view launch_prefixes[] = {"SLURM_", "SLURMD_", "SPANK_",
                                                "PMIX_",  "PMI_",    "CHAINER_SUBMIT_"};
constexpr std::string_view launch_names[] = {"CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL",
                                             "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK"};

bool belongs_to_the_launch(std::string_view name) {
  return std::ranges::any_of(launch_prefixes,
                             [&](auto prefix) { return name.starts_with(prefix); }) ||
         std::ranges::find(launch_names, name) != std::end(launch_names);
}

void read_record(std::string_view record, ImageEnvironment& image) {
  constexpr std::string_view env = "env=", workdir = "workdir=";
  if (record.starts_with(env)) {
    record.remove_prefix(env.size());
    const auto equals = record.find('=');
    if (equals == 0 || equals == std::string_view::npos) return;
    image.variables.emplace_back(record.substr(0, equals), record.substr(equals + 1));
  } else if (record.starts_with(workdir)) {
    record.remove_prefix(workdir.size());
    if (record.starts_with('/')) image.workdir = record;
  }
}

}  // namespace

ImageEnvironment parse_image_conf(std::string_view text) {
  ImageEnvironment image;
  while (true) {
    const auto end = text.find('\0');
    if (end == std::string_view::npos) return image;
    read_record(text.substr(0, end), image);
    text.remove_prefix(end + 1);
  }
}

Result<ImageEnvironment> read_image_conf() {
  const UniqueFd file(::open(image_conf_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return ImageEnvironment{};
  auto text = read_all(file.get(), largest_image_conf);
  if (!text) return std::move(text).error().within(image_conf_path);
  return parse_image_conf(*text);
}

std::vector<Variable> variables_for_task(const ImageEnvironment& image,
                                         const std::vector<std::string>& keep) {
  std::vector<Variable> variables;
  for (const auto& variable : image.variables) {
    const bool kept = std::ranges::find(keep, variable.first) != keep.end();
    if (!kept && !belongs_to_the_launch(variable.first)) variables.push_back(variable);
  }
  return variables;
}

}  // namespace chainer
