// A container that a runtime (podman) starts in the background. The task waits for its end, and
// passes signals on to it: a process of the runtime's that stayed for that would hold tens of MiB
// in each task, and look at its own files all the time.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer {

/// Has `words`, a runtime's command line, start the container, with `variables` and as root in a
/// user namespace where this account is the only one. `folder` is the task's own; everything that
/// the runtime keeps lies there. The result is the command's exit code, or the runtime's where that
/// has failed and said so itself.
Result<int> run_in_background(const std::string& folder, std::vector<std::string> words,
                              const std::vector<std::string>& variables);

}  // namespace chainer
