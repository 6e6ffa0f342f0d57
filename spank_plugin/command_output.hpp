// The output of a program that srun starts, as the user.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer {

/// Waits for the program, which is looked for in PATH and whose stderr is ours, and reads what it
/// prints, which may not be longer than `longest`. One that failed has said why: the Error is
/// without text.
Result<std::string> output_of(const std::vector<std::string>& command, std::size_t longest);

}  // namespace chainer
