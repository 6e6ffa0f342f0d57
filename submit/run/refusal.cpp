#include "submit/run/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace chainer::run {
namespace {

struct WrittenKey {
  std::string_view name;
  std::optional<toml::Place> place;  ///< nothing when nobody wrote it
};

template <typename T>
WrittenKey slurm_key(std::string_view name, const input::Given<T>& given) {
  return {name, given ? std::optional(given->place) : std::nullopt};
}

/// Slurm's words, as in 22.05, and the keys that they may be about, the likeliest first.
struct Meaning {
  std::string_view phrase;
  std::vector<WrittenKey> keys;
};

std::vector<Meaning> meanings(const input::Estimator& estimator) {
  const auto slurm = estimator.slurm ? estimator.slurm->value : input::SlurmOptions{};
  return {
      {"partition", {slurm_key("slurm.partition", slurm.partition)}},
      {"feature", {slurm_key("slurm.constraint", slurm.constraint)}},
      {"reservation", {slurm_key("slurm.reservation", slurm.reservation)}},
      {"license", {slurm_key("slurm.licenses", slurm.licenses)}},
      {"job array", {slurm_key("slurm.array", slurm.array)}},
      {"--begin", {slurm_key("slurm.begin", slurm.begin)}},
      {"--deadline", {slurm_key("slurm.deadline", slurm.deadline)}},
      {"time limit",
       {slurm_key("slurm.deadline", slurm.deadline),
        slurm_key("max_run_duration_seconds", estimator.max_run_duration_seconds)}},
      {"account", {slurm_key("slurm.account", slurm.account)}},
      {"qos", {slurm_key("slurm.qos", slurm.qos)}},
      {"dependency", {slurm_key("slurm.dependency", slurm.dependency)}},
      {"Memory specification", {slurm_key("slurm.mem", slurm.mem)}},
      {"generic resource",
       {slurm_key("slurm.gpu_type", slurm.gpu_type),
        slurm_key("slurm.gpus_per_node", slurm.gpus_per_node),
        slurm_key("use_gpu", estimator.use_gpu)}},
      {"Node count", {slurm_key("node_count", estimator.node_count)}},
      {"nice", {slurm_key("slurm.nice", slurm.nice)}},
      {"node configuration",
       {slurm_key("slurm.constraint", slurm.constraint), slurm_key("slurm.mem", slurm.mem),
        slurm_key("node_count", estimator.node_count),
        slurm_key("slurm.cpus_per_task", slurm.cpus_per_task)}},
      {"option", {slurm_key("slurm.extra", slurm.extra)}},
  };
}

}  // namespace

std::string reason_of_refusal(std::string_view why) {
  const auto line = why.substr(why.rfind('\n') == why.npos ? 0 : why.rfind('\n') + 1);
  std::string_view text = line;
  for (const std::string_view head :
       {"sbatch: ", "error: ", "Batch job submission failed: ", "allocation failure: "}) {
    if (text.starts_with(head)) text.remove_prefix(head.size());
  }
  return std::string(text);
}

std::optional<Finding> finding_of_refusal(const std::string& why,
                                          const input::Estimator& estimator) {
  for (const auto& [phrase, keys] : meanings(estimator)) {
    if (why.find(phrase) == why.npos) continue;
    const auto written =
        std::ranges::find_if(keys, [](const WrittenKey& one) { return one.place.has_value(); });
    if (written == keys.end()) continue;
    return Finding{
        written->place->file, written->place->at, Severity::error,
        fmt::format("{}: sbatch refused the job: {}", written->name, reason_of_refusal(why)),
        "correct it and submit again"};
  }
  return std::nullopt;
}

}  // namespace chainer::run
