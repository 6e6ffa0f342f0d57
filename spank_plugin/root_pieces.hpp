// The container's root folder piece by piece, for a runtime that writes into the root folder that
// it is given: it gets a folder of the user's own, over which the pieces are mounted.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "spank_plugin/runtime_command.hpp"

namespace chainer {

/// Called as the user. Makes the folder `own` with a mount point for whatever lies in `root`, and
/// with copies of its links. The kernel's file systems are left to the runtime, but for the host's
/// /dev.
Result<std::vector<RuntimeBind>> lay_pieces_out(const std::string& root, const std::string& own);

}  // namespace chainer
