#include "submit/plan/local_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "submit/input/mention.hpp"
#include "submit/input/this_machine.hpp"

namespace chainer::plan {
namespace {

/// Keys that decide what a run is: without them, another run than the described one would start.
constexpr std::string_view of_slurm_alone[] = {"slurm.array", "slurm.dependency", "slurm.begin"};
/// Keys that mean the same without Slurm.
constexpr std::string_view of_both[] = {"slurm.cpus_per_task", "slurm.gpus_per_node",
                                        "slurm.gpu_type"};

template <std::size_t N>
bool is_one_of(std::string_view key, const std::string_view (&keys)[N]) {
  return std::ranges::find(keys, key) != std::end(keys);
}

void check_node_count(const input::Estimator& estimator, toml::Report& report) {
  const auto& nodes = estimator.node_count;
  if (!nodes || nodes->value.get() == 1) return;
  report.error(
      nodes->place,
      fmt::format("node_count is {}, and compute_target ({}) is \"local\": that is one machine",
                  nodes->value.get(),
                  input::mention(estimator.compute_target->place, nodes->place)),
      "give it 1 with more processes on it, or name a target of a cluster");
}

void check_slurm_keys(const input::Estimator& estimator, toml::Report& report) {
  std::vector<std::pair<std::uint32_t, std::string>> idle;  // by line
  for (const auto& [key, place] : estimator.written) {
    const bool is_slurms =
        key.starts_with("slurm.") || key == "run.requeue" || key == "run.max_restarts";
    if (!is_slurms || is_one_of(key, of_both)) continue;
    if (is_one_of(key, of_slurm_alone)) {
      report.error(place,
                   fmt::format("{} needs Slurm, and compute_target ({}) is \"local\"", key,
                               input::mention(estimator.compute_target->place, place)),
                   "leave it out, or name a target of a cluster");
      continue;
    }
    idle.emplace_back(place.at.line, key);
  }
  if (idle.empty()) return;
  std::ranges::sort(idle);
  std::vector<std::string_view> keys;
  for (const auto& [line, key] : idle) keys.push_back(key);
  const auto& first = estimator.written.at(std::string(keys.front()));
  const auto names = input::mention_written(estimator, keys, first);
  report.warning(
      first,
      fmt::format("{}: without Slurm, as compute_target is \"local\", this says nothing", names));
}

}  // namespace

bool is_local(const input::ComputeTarget& target) { return target.mpi == input::local_mpi; }

void check_local_run(const input::Estimator& estimator, toml::Report& report) {
  if (!estimator.compute_target) return;
  check_node_count(estimator, report);
  check_slurm_keys(estimator, report);
}

}  // namespace chainer::plan
