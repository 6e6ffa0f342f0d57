// Findings of many nodes as one table, and what differs between them.
#pragma once

#include <string>
#include <vector>

#include "core/health.hpp"
#include "submit/doctor/node_survey.hpp"

namespace chainer::doctor {

/// A finding, and the nodes that have it; empty: this host, or the cluster as a whole.
struct PlacedFinding {
  HealthFinding finding;
  std::string nodes{};  ///< folded
};

/// One row for each finding, with all its nodes: problems first, then in the order of the nodes.
std::vector<PlacedFinding> merged(const std::vector<SurveyedNode>& nodes);

/// What has to be the same on all nodes and is not.
HealthFindings compare(const std::vector<SurveyedNode>& nodes);

}  // namespace chainer::doctor
