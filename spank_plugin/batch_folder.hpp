// The working directory of a batch job whose script starts in a container.
#pragma once

#include "core/result.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Where a node lacks the folder, Slurm starts the script in its fallback, and no item of SPANK
/// says what was asked for. slurmctld knows it, and is asked as the job's user.
Result<AskedFolder> folder_of_batch_script(const Attached& attached, const Step& step);

}  // namespace chainer
