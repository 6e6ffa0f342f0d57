// The job's directory, as a task finds it.
#pragma once

#include "core/container/task_environment.hpp"
#include "core/container/working_directory.hpp"

namespace chainer {

/// Called on the host's root. Slurm is in the folder that was asked for, or in /tmp where this node
/// lacks it. Then the one that was asked for counts, since the container may have it. Removes the
/// variable that says which one was asked for.
JobsFolder folder_of_job(const TaskEnvironment& environment);

}  // namespace chainer
