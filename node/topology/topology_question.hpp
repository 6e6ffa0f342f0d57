// chainer-node topology: of which machine and which ranks a plan is asked for.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "node/topology/binding_plan.hpp"

namespace chainer::topology {

using Environment = std::map<std::string, std::string, std::less<>>;

struct TopologyQuestion {
  std::string xml{};        ///< a machine that lstopo wrote down; empty: another one
  std::string synthetic{};  ///< a machine that is described; both empty: this one
  std::string cpus{};       ///< the CPUs to use; empty: those of this process, or all of a file's
  std::optional<unsigned> ranks{};  ///< nothing: one for each GPU, else for each NUMA domain
  std::optional<unsigned> gpus{};   ///< nothing: those of the Slurm job, else all
};

struct TopologyAnswer {
  Machine machine;
  std::vector<Gpu> gpus;
  BindingPlan plan;
};

/// `variables` are the environment, where Slurm says which GPUs a job has.
Result<TopologyAnswer> answer_topology(const TopologyQuestion& question,
                                       const Environment& variables);

}  // namespace chainer::topology
