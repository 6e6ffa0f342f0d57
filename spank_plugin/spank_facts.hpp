// What SPANK says of the step and the task that a hook is called for.
#pragma once

extern "C" {
#include <slurm/spank.h>
}

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "spank_plugin/login_side.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

Step describe_step(spank_t spank);
StepKind kind_of_step(spank_t spank);
/// The environment of the job or step: SPANK's own array, valid during the hook.
char** job_environment(spank_t spank);
/// The step's command line; for a batch script, its path on the node and its arguments.
std::vector<std::string> command_line(spank_t spank);
/// Slurm's own array of it, ended by a null pointer: in a task, what Slurm is about to start.
char** own_command(spank_t spank);
/// The number of the task on its node, from 0.
int local_task(spank_t spank);
/// How many tasks the step has on this node.
std::uint32_t number_of_local_tasks(spank_t spank);
pid_t process_of_task(spank_t spank);
/// Of a task that has ended, as waitpid(2) gives it.
int end_of_task(spank_t spank);
/// Which of Slurm's commands this process is, in the contexts that belong to one.
Command this_command();

}  // namespace chainer
