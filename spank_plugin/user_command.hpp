// The output of a command that root has a child run as the job's user.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "spank_plugin/child.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Runs `command` with the job's environment, on the host's root. The program is looked for in the
/// job's PATH, then in slurmd's. What it prints, which may not be longer than `longest`, is worth
/// no more than the user's word; the user sees what it says on stderr. An Error when it does not
/// exit with 0.
Result<std::string> output_as_user(const Attached& attached, const Step& step,
                                   const std::vector<std::string>& command, std::size_t longest,
                                   Patience patience);

}  // namespace chainer
