// Programs of ours that are started in a container. They lie beside chainer-node.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// The program `name` beside `helper`.
std::string program_beside(const std::string& helper, const char* name);

/// A program, O_PATH. An error where others than root can change it.
Result<UniqueFd> open_program(const std::string& path);

/// The same as a detached, read-only mount.
Result<UniqueFd> mount_program(const std::string& path);

/// In a task: exchanges the first word of `command`, which is Slurm's own array of this task, for
/// `program`. Slurm offers no other way.
void put_in_place_of(char** command, const std::string& program);

}  // namespace chainer
