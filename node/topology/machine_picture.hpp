// A machine drawn in text: its parts, and in each core the rank that has it.
#pragma once

#include <string>
#include <vector>

#include "node/topology/binding_plan.hpp"

namespace chainer::topology {

/// Every line is a part of the machine, set in below the part that it lies in. A core is a cell
/// with the numbers of its ranks; `.` is an idle core, `x` one that may not be used.
std::string machine_picture(const Machine& machine, const BindingPlan& plan,
                            const std::vector<Gpu>& gpus);

/// What stands in each core's cell.
std::vector<std::string> core_labels(const Machine& machine, const BindingPlan& plan);

/// `32 cores, 64 CPUs, 8 GPUs`.
std::string machine_summary(const Machine& machine);

/// A part with its memory, as `NUMA domain 0, 128 GiB`.
std::string part_title(const Machine& machine, const Part& part);

/// The GPUs that hang on this part and on none in it, by their places in the list.
std::vector<std::size_t> gpus_at(const Part& part, const std::vector<Gpu>& gpus);

}  // namespace chainer::topology
