#include "core/container/image_environment.hpp"

#include <fcntl.h>

#include <algorithm>
#include <iterator>

#include "core/fd_io.hpp"
#include "core/take_part.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_image_conf = 1024 * 1024;

// Set by slurmstepd, mpi/pmix and the gres plugins for this task: an image that carries its own
// (made from a running job, say) would break the launch.
constexpr std::string_view launch_prefixes[] = {"SLURM_", "SLURMD_",   "SPANK_",         "PMIX_",
                                                "PMI_",   "CUDA_MPS_", "CHAINER_SUBMIT_"};
constexpr std::string_view launch_names[] = {"CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL",
                                             "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK"};

bool belongs_to_the_launch(std::string_view name) {
  return std::ranges::any_of(launch_prefixes,
                             [&](auto prefix) { return name.starts_with(prefix); }) ||
         std::ranges::find(launch_names, name) != std::end(launch_names);
}

/// Whoever made the image ran as root there, and an account's files are not in /root.
bool is_of_the_account(std::string_view name) {
  return name == "HOME" || name == "USER" || name == "LOGNAME";
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const auto colon = line.find(':');
    fields.push_back(line.substr(0, colon));
    if (colon == std::string_view::npos) return fields;
    line.remove_prefix(colon + 1);
  }
}

void read_record(std::string_view record, ImageEnvironment& image) {
  constexpr std::string_view env = "env=", workdir = "workdir=", entrypoint = "entrypoint=";
  if (record.starts_with(env)) {
    record.remove_prefix(env.size());
    const auto equals = record.find('=');
    if (equals == 0 || equals == std::string_view::npos) return;
    image.variables.emplace_back(record.substr(0, equals), record.substr(equals + 1));
  } else if (record.starts_with(workdir)) {
    record.remove_prefix(workdir.size());
    if (record.starts_with('/')) image.workdir = record;
  } else if (record == "keeps=entrypoint") {
    image.entrypoint.emplace();
  } else if (record.starts_with(entrypoint) && image.entrypoint) {
    image.entrypoint->emplace_back(record.substr(entrypoint.size()));
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

Result<ImageEnvironment> read_environment_conf(const char* path) {
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return ImageEnvironment{};
  auto text = read_all(file.get(), largest_image_conf);
  if (!text) return std::move(text).error().within(path);
  return parse_image_conf(*text);
}

std::vector<Variable> variables_for_task(const ImageEnvironment& image,
                                         const std::vector<std::string>& kept) {
  std::vector<Variable> variables;
  for (const auto& variable : image.variables) {
    const auto& name = variable.first;
    if (!holds(kept, name) && !belongs_to_the_launch(name) && !is_of_the_account(name))
      variables.push_back(variable);
  }
  return variables;
}

std::vector<std::string> dropped_variables(const std::vector<std::string>& names,
                                           const std::vector<std::string>& drop,
                                           const std::vector<std::string>& kept) {
  std::vector<std::string> dropped;
  std::ranges::copy_if(names, std::back_inserter(dropped), [&](const std::string& name) {
    return !holds(kept, name) &&
           std::ranges::any_of(drop, [&](const auto& pattern) { return matches(name, pattern); });
  });
  return dropped;
}

std::vector<Variable> account_variables(std::string_view passwd, uid_t uid) {
  const auto wanted = std::to_string(uid);
  while (!passwd.empty()) {
    const auto fields = fields_of(take_line(passwd));
    if (fields.size() < 6 || fields[2] != wanted) continue;
    const std::string name(fields[0]), home(fields[5]);
    return {{"HOME", home}, {"USER", name}, {"LOGNAME", name}};
  }
  return {};
}

}  // namespace chainer
