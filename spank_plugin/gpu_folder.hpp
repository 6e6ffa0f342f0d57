// What a container gets of the node's GPU driver: a folder with its libraries and tools, which
// belong to the running kernel's driver and can therefore not be the image's.
#pragma once

#include <cstdint>

#include "core/gpu_files.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// Whether Slurm gave the step GPUs of this node, by the variables that slurmstepd has set. The
/// job's user can set them too, which gets them the driver's libraries and no device.
bool has_gpus(std::uint32_t step_id, char* const* environment);

/// The files that the step's containers get: the site's list, where the step has a GPU and the node
/// a list. An error where the list cannot be trusted or understood.
Result<GpuFiles> gpu_files_for(const Step& step, const PluginConf& conf);

/// Mounts the files read-only in `folder` (O_PATH, empty, attached in this mount namespace), in its
/// lib and bin. Each must be a file of root's that nobody else can change, nor the way to it.
Result<void> lay_gpu_files_out(const GpuFiles& list, int folder);

}  // namespace chainer
