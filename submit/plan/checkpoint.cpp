#include "submit/plan/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "core/text_file.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/plan/missing_path.hpp"

namespace chainer::plan {
namespace {

namespace fs = std::filesystem;

/// The number of processes in a plan.json; nothing where it is not one of ours.
std::optional<int> ranks_of_plan(const std::string& file) {
  const auto text = read_text_file(file);
  const auto plan = parse_json(text ? *text : "");
  if (!plan.is_object()) return std::nullopt;
  const auto asked = plan.find("allocation");
  if (asked == plan.end() || !asked->is_object()) return std::nullopt;
  int ranks = 1;
  for (const auto* key : {"nodes", "ranks_per_node"}) {
    const auto count = asked->find(key);
    if (count == asked->end() || !count->is_number_integer()) return std::nullopt;
    ranks *= count->get<int>();
  }
  return ranks;
}

std::string processes(int count) {
  return count == 1 ? "1 process" : fmt::format("{} processes", count);
}

/// The keys that decide how many processes there are, for the hint.
std::string keys_of_ranks(const input::Estimator& estimator) {
  constexpr std::string_view keys[] = {"node_count", "process_count_per_node",
                                       "distributed_training.process_count_per_node"};
  const auto text = input::mention_written(estimator, keys, estimator.resume_from->place);
  return text.empty() ? "node_count" : text;
}

}  // namespace

Checkpoint find_checkpoint(std::string path) {
  Checkpoint checkpoint{std::move(path)};
  std::error_code none;
  checkpoint.is_there = fs::exists(checkpoint.path, none);
  if (!checkpoint.is_there) return checkpoint;
  for (auto folder = fs::path(checkpoint.path); folder != folder.root_path();
       folder = folder.parent_path()) {
    if (!fs::exists(folder / "plan.json", none) || !fs::exists(folder / "job.sbatch", none))
      continue;
    checkpoint.run = folder.filename().string();
    checkpoint.ranks = ranks_of_plan(folder / "plan.json");
    break;
  }
  return checkpoint;
}

void check_checkpoint(const input::Estimator& estimator, const Checkpoint& checkpoint, int ranks,
                      toml::Report& report) {
  if (!estimator.resume_from) return;
  const auto& place = estimator.resume_from->place;
  if (!checkpoint.is_there) {
    return report.error(place, fmt::format("there is no checkpoint {}", checkpoint.path),
                        hint_on_missing(estimator.resume_from->value, checkpoint.meant,
                                        "paths start at the estimator's folder"));
  }
  if (!checkpoint.ranks || *checkpoint.ranks == ranks) return;
  report.error(place,
               fmt::format("the checkpoint is of {} (run {}), and this run has {}",
                           processes(*checkpoint.ranks), checkpoint.run, ranks),
               fmt::format("change {} to {} in all, or start without resume_from",
                           keys_of_ranks(estimator), processes(*checkpoint.ranks)));
}

ArgumentGroup checkpoint_argument(const input::Estimator& estimator, const Checkpoint& checkpoint,
                                  toml::Report& report) {
  const auto& given = estimator.resume_from_flag;
  if (given && estimator.misses("resume_from")) {
    report.error(given->place, "resume_from_flag is given, and resume_from is not",
                 "name the checkpoint with resume_from, or remove the flag");
  }
  if (!estimator.resume_from) return {};
  const auto flag =
      given ? given->value
            : input::default_of(input::estimator_keys(), &input::Estimator::resume_from_flag);
  if (estimator.script_params) {
    const auto& params = estimator.script_params->value;
    const auto same = std::ranges::find(params, flag, &toml::Member::key);
    if (same != params.end()) {
      report.error(same->key_place,
                   fmt::format("{} stands in script_params, and resume_from ({}) gives it too",
                               flag, input::mention(estimator.resume_from->place, same->key_place)),
                   "keep one of the two");
    }
  }
  return {flag, checkpoint.path};
}

}  // namespace chainer::plan
