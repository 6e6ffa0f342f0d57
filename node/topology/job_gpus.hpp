// Which of a machine's GPUs a job has.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "node/topology/machine.hpp"

namespace chainer::topology {

/// The numbers in the names of NVIDIA's device files, by the GPU's place on the bus. Empty where
/// there is no such driver. `folder` is the driver's, /proc/driver/nvidia/gpus.
std::map<std::string, unsigned> device_numbers(const std::string& folder);

/// The GPUs whose device files Slurm has given, from the list that it puts into SLURM_STEP_GPUS or
/// SLURM_JOB_GPUS; without the driver's numbers, those at these places in the list of all. A number
/// that fits none stands for a GPU of which nothing is known: it has no place and is near to
/// nothing.
std::vector<Gpu> gpus_of_job(const std::vector<Gpu>& all, const std::string& slurms_list,
                             const std::map<std::string, unsigned>& numbers);

/// The first `count` GPUs. The user's fault where there are fewer.
Result<std::vector<Gpu>> first_gpus(const std::vector<Gpu>& all, std::size_t count);

}  // namespace chainer::topology
