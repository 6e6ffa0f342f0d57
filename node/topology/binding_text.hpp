// A plan in words: a table for people, JSON, and the options that a person would give srun.
#pragma once

#include <string>
#include <vector>

#include "node/topology/binding_plan.hpp"

namespace chainer::topology {

/// A line for each rank: its CPUs, its NUMA domains, its GPU; then the remarks.
std::string binding_table(const Machine& machine, const BindingPlan& plan,
                          const std::vector<Gpu>& gpus);

/// One line of JSON: {"ranks": [{"rank", "cpus", "mask", "domains", "gpu": {"number", "place",
/// "name", "nearness"} or null, "shares_cores"}], "idle": a list of CPUs, "remarks": [text],
/// "srun": [option]}.
std::string binding_json(const Machine& machine, const BindingPlan& plan,
                         const std::vector<Gpu>& gpus);

/// `--cpu-bind=mask_cpu:…`, and `--mem-bind=prefer,mask_mem:…` where the machine has several NUMA
/// domains and each rank's cores lie in one.
std::vector<std::string> srun_options(const Machine& machine, const BindingPlan& plan);

}  // namespace chainer::topology
