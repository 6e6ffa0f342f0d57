#include "submit/doctor/node_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "submit/run/cluster_facts.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr int minutes_of_step = 5;
constexpr auto patience_with_step = 180s;  // the node asks registries, too
constexpr std::int64_t tolerated_skew_ms = 5000;

HealthFinding finding_in(const nlohmann::json& object) {
  return {health_level_named(string_member(object, "level")).value_or(HealthLevel::problem),
          string_member(object, "what"), string_member(object, "where"),
          string_member(object, "why"), string_member(object, "next")};
}

std::vector<std::string> step_on(const ListedNode& node, const SurveyOrder& order) {
  std::vector<std::string> line{"srun"};
  for (auto& option : one_task_on(node, minutes_of_step)) line.push_back(std::move(option));
  line.insert(line.end(), {"--mpi=none", "--chdir=/", "--input=none", "--cpus-per-task=1",
                           order.chainer_node, "doctor", "--json"});
  line.insert(line.end(), order.arguments.begin(), order.arguments.end());
  return line;
}

SurveyedNode read_answer(NodeAnswer answer) {
  SurveyedNode node{std::move(answer.name), {}, {}, answer.asked_at, answer.answered_at};
  if (answer.silence) {
    node.findings.push_back(*std::move(answer.silence));
  } else if (answer.said && !read_report(answer.said->out, node)) {
    node.findings.push_back(finding_of_failed_step(*answer.said));
  }
  return node;
}

}  // namespace

bool read_report(const std::string& out, SurveyedNode& node) {
  for (const auto line : run::split(out, '\n')) {
    if (!line.starts_with('{')) continue;
    const auto report = parse_json(line);
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
  std::vector<SurveyedNode> found;
  const NodeCommand command{[&](const ListedNode& node) { return step_on(node, order); },
                            patience_with_step};
  for (auto& answer : ask_nodes(nodes, command, services))
    found.push_back(read_answer(std::move(answer)));
  return found;
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
