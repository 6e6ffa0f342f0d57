// chainer-node doctor on every node of the cluster, through srun.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/health.hpp"
#include "submit/doctor/node_steps.hpp"
#include "submit/run/services.hpp"

namespace chainer::doctor {

struct SurveyOrder {
  std::string chainer_node;              ///< the program, by its path on the nodes
  std::vector<std::string> arguments{};  ///< of it, behind `doctor --json`
};

/// What one node said, or why it said nothing.
struct SurveyedNode {
  std::string name;
  HealthFindings findings{};
  std::map<std::string, std::string> facts{};
  std::int64_t asked_at{0}, answered_at{0};  ///< milliseconds since 1970, by this host's clock
};

/// Reads the report that chainer-node printed, wherever it stands in `out`; false without one.
bool read_report(const std::string& out, SurveyedNode& node);

/// Starts a step on each node that takes jobs, a few at a time. Nodes that are down, drained or
/// full come with a finding that says so.
std::vector<SurveyedNode> survey(const std::vector<ListedNode>& nodes, const SurveyOrder& order,
                                 const run::Services& services);

/// Clocks that differ from this host's.
HealthFindings check_clock(const SurveyedNode& node);

}  // namespace chainer::doctor
