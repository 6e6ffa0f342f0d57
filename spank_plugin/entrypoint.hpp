// --chainer-entrypoint: the image's ENTRYPOINT before the command.
#pragma once

#include <string>

#include "core/container/bind.hpp"
#include "core/container/task_environment.hpp"
#include "core/result.hpp"

namespace chainer {

/// The program that Slurm is to start, as a bind for the container. It lies beside `helper`.
Result<Bind> bind_entrypoint_program(const std::string& helper);

/// In the container, as the user: exchanges the first word of `command`, which is Slurm's own array
/// of this task and ends with a null pointer. Slurm then starts what stands there, with all that it does after the hooks: limits, TaskProlog. An image without an entrypoint
/// changes nothing.
Result<void> put_entrypoint_before(char** command, const TaskEnvironment& environment);

}  // namespace chainer
