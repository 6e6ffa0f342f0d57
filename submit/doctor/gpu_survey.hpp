// The GPU probe on every node that has GPUs, outside of a container and inside of one.
#pragma once

#include <string>
#include <vector>

#include "submit/doctor/node_survey.hpp"

namespace chainer::doctor {

struct GpuOrder {
  std::string probe;  ///< the program, by its path on the nodes
  std::string image;  ///< of the container; empty: there is no container
};

/// Allocates all GPUs of each node that has some and takes jobs, and starts the probe twice in that
/// job, so that both measure the same cards. The facts of a node are its cards' speeds.
std::vector<SurveyedNode> survey_gpus(const std::vector<ListedNode>& nodes, const GpuOrder& order,
                                      const run::Services& services);

/// The findings and facts in what the job of a node printed.
SurveyedNode read_gpu_job(const std::string& name, const run::Finished& ended);

}  // namespace chainer::doctor
