// chainer-submit doctor: looks at this host, the site file and the cluster, and at every node too
// when it is told to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "submit/doctor/comparison.hpp"
#include "submit/doctor/gpu_survey.hpp"
#include "submit/plan/inspection.hpp"
#include "submit/run/console.hpp"
#include "submit/run/services.hpp"

namespace chainer::doctor {

enum class Reach { this_host, all_nodes };

struct ClusterOrder {
  std::string site_file;  ///< empty: there is none
  std::string user;
  std::string chainer_node;  ///< the program that asks registries, and looks at nodes
  Reach reach{Reach::this_host};
  /// How GPUs are measured, where they are to be; without an image it is the site's for GPUs.
  std::optional<GpuOrder> gpus{};
};

struct ClusterReport {
  std::vector<PlacedFinding> findings{};
  std::vector<std::string> sound{};       ///< topics without a finding
  std::vector<SurveyedNode> nodes{};      ///< with Reach::all_nodes
  std::vector<SurveyedNode> gpu_nodes{};  ///< where GPUs were to be measured
  bool is_site_wrong{false};              ///< the site file is
  bool is_interrupted{false};

  HealthFindings all() const;
};

/// `inspection` is of the site file.
ClusterReport examine_cluster(const plan::Inspection& inspection, const ClusterOrder& order,
                              const run::Services& services, run::Console& console);

/// As a person reads it: the findings with their nodes, then what is well, then a count.
std::string cluster_text(const ClusterReport& report, Colour colour);
std::string cluster_json(const ClusterReport& report);

}  // namespace chainer::doctor
