#include "submit/doctor/node_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/trimmed.hpp"
#include "submit/run/cluster_facts.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_steps = 16;     // at one time
constexpr auto look = 50ms;                // between looks at the steps
constexpr auto patience_with_step = 180s;  // the node asks registries, too
constexpr std::int64_t tolerated_skew_ms = 5000;

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

HealthFinding not_asked(const std::string& why, const std::string& next) {
  return {HealthLevel::unseen, "the node", "", why, next};
}

/// Why no step can be started there now; nothing where one can.
std::optional<HealthFinding> why_not_asked(const ListedNode& node) {
  const auto state = node.state.substr(0, node.state.find_first_of("*~#!%$@^-+"));
  if (node.state.find('*') != std::string::npos)
    return not_asked("its slurmd does not answer", "see slurmd.log there");
  if (state == "idle" || state == "mix" || state == "comp") return std::nullopt;
  if (state == "alloc") return not_asked("jobs have all of it", "ask again when it is free");
  return not_asked("Slurm has it as '" + node.state + "'", "scontrol show node " + node.name);
}

std::vector<std::string> step_on(const ListedNode& node, const SurveyOrder& order) {
  std::vector<std::string> line{"srun",
                                "--quiet",
                                "--mpi=none",
                                "--nodes=1",
                                "--ntasks=1",
                                "--nodelist=" + node.name,
                                "--chdir=/",
                                "--input=none",
                                "--partition=" + node.partition,
                                "--time=5",
                                "--immediate=20",
                                "--cpus-per-task=1",
                                order.chainer_node,
                                "doctor",
                                "--json"};
  line.insert(line.end(), order.arguments.begin(), order.arguments.end());
  return line;
}

std::string text_in(const nlohmann::json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

HealthFinding finding_in(const nlohmann::json& object) {
  return {health_level_named(text_in(object, "level")).value_or(HealthLevel::problem),
          text_in(object, "what"), text_in(object, "where"), text_in(object, "why"),
          text_in(object, "next")};
}

/// Whoever waits for nodes that are busy is told so by srun; everything else is wrong.
HealthFinding finding_of_silence(const run::Finished& ended) {
  const auto said = std::string(trimmed(ended.err.empty() ? ended.out : ended.err));
  const auto first = said.substr(0, said.find('\n'));
  constexpr std::string_view busy[] = {"Unable to allocate resources", "Requested nodes are busy",
                                       "Immediate execution impossible", "allocation failure"};
  const bool is_busy = std::ranges::any_of(
      busy, [&](std::string_view word) { return said.find(word) != std::string::npos; });
  if (is_busy) return not_asked(first, "ask again when it is free");
  return {HealthLevel::problem,
          said.empty() ? fmt::format("a step there ended with {} and said nothing", ended.code)
                       : "a step there fails: " + first,
          "srun", "so does every job's",
          "see slurmd.log there; chainer-node doctor on the node "
          "itself says more"};
}

/// A step that was started, and its node.
struct Asked {
  std::unique_ptr<run::RunningProcess> process;
  SurveyedNode* node;
  std::int64_t give_up_at;
};

class Survey {
 public:
  Survey(const SurveyOrder& order, const run::Services& services)
      : order_(order), services_(services) {}

  std::vector<SurveyedNode> of(const std::vector<ListedNode>& nodes) && {
    found_.reserve(nodes.size());  // what is running points into it
    for (const auto& node : nodes) {
      while (running_.size() >= most_steps && collect()) {
      }
      start(node);
    }
    while (!running_.empty() && collect()) {
    }
    for (auto& left : running_)
      left.node->findings.push_back(not_asked("interrupted", "ask again"));
    return std::move(found_);
  }

 private:
  void start(const ListedNode& node) {
    auto& asked = found_.emplace_back(SurveyedNode{node.name});
    if (auto reason = why_not_asked(node)) {
      asked.findings.push_back(*std::move(reason));
      return;
    }
    asked.asked_at = now_ms();
    auto process = services_.processes.start(step_on(node, order_),
                                             run::environment_of_questions(run::own_environment()));
    if (!process) {
      asked.findings.push_back(not_asked(process.error().what, "see that srun is on the PATH"));
      return;
    }
    const auto patience =
        std::chrono::duration_cast<std::chrono::milliseconds>(patience_with_step).count();
    running_.push_back({*std::move(process), &asked, asked.asked_at + patience});
  }

  /// Takes in what has ended; false when the person asked to stop.
  bool collect() {
    if (!services_.pause.wait(0ms)) return false;
    for (auto& one : running_) {
      if (const auto ended = one.process->wait(look)) {
        take_in(*ended, *one.node);
        one.process.reset();
      } else if (now_ms() > one.give_up_at) {
        one.node->findings.push_back(not_asked("it has not answered for 180 s", "ask again"));
        one.process.reset();
      }
    }
    std::erase_if(running_, [](const Asked& one) { return !one.process; });
    return true;
  }

  static void take_in(const run::Finished& ended, SurveyedNode& node) {
    node.answered_at = now_ms();
    if (!read_report(ended.out, node)) node.findings.push_back(finding_of_silence(ended));
  }

  const SurveyOrder& order_;
  const run::Services& services_;
  std::vector<SurveyedNode> found_;
  std::vector<Asked> running_;
};

}  // namespace

std::vector<std::string> question_for_nodes() {
  return {"sinfo", "--noheader", "--Node", "--format=%N|%R|%t"};
}

std::vector<ListedNode> read_nodes(std::string_view sinfo) {
  std::vector<ListedNode> nodes;
  for (const auto& [name, partition, state] : run::rows_of<3>(sinfo)) {
    const bool is_known =
        std::ranges::find(nodes, std::string(name), &ListedNode::name) != nodes.end();
    if (!is_known) nodes.push_back({std::string(name), std::string(partition), std::string(state)});
  }
  return nodes;
}

bool read_report(const std::string& out, SurveyedNode& node) {
  for (const auto line : run::split(out, '\n')) {
    if (!line.starts_with('{')) continue;
    const auto report = nlohmann::json::parse(line, nullptr, false);
    if (!report.is_object() || !report.contains("findings")) continue;
    for (const auto& finding : report["findings"]) node.findings.push_back(finding_in(finding));
    const auto facts = report.find("facts");
    if (facts == report.end() || !facts->is_object()) return true;
    for (const auto& [name, value] : facts->items()) {
      if (value.is_string()) node.facts[name] = value.get<std::string>();
    }
    return true;
  }
  return false;
}

std::vector<SurveyedNode> survey(const std::vector<ListedNode>& nodes, const SurveyOrder& order,
                                 const run::Services& services) {
  return Survey(order, services).of(nodes);
}

HealthFindings check_clock(const SurveyedNode& node) {
  const auto clock = node.facts.find("clock");
  if (clock == node.facts.end()) return {};
  const std::int64_t there = std::strtoll(clock->second.c_str(), nullptr, 10);
  // It looked at its clock between our question and its answer.
  const auto behind = node.asked_at - there;
  const auto ahead = there - node.answered_at;
  const auto skew = std::max(behind, ahead);
  if (skew <= tolerated_skew_ms) return {};
  return {{HealthLevel::problem,
           fmt::format("its clock is {} s {} this host's", skew / 1000,
                       behind > ahead ? "behind" : "ahead of"),
           "date", "Slurm refuses what is five minutes off, and records of runs are out of order",
           "let both keep time by NTP"}};
}

}  // namespace chainer::doctor
