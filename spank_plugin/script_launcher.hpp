// The program that Slurm starts prologs through.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer {

/// In a task, as root, on the host: exchanges the program through which this Slurm starts
/// TaskProlog and `--task-prolog` for ours, which needs nothing of an image. Since 24.11 that is
/// slurmstepd itself, by a descriptor that it opened at its start (src/common/run_command.c); with
/// an earlier Slurm there is no such descriptor, and this does nothing. `helper` is plugin.conf's.
Result<void> put_in_place_of_slurms_launcher(const std::string& helper);

}  // namespace chainer
