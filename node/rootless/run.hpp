// `chainer-node run`: a program in a container, without Slurm and without root.
#pragma once

#include <string>

#include "core/result.hpp"
#include "node/builder/variables.hpp"
#include "node/rootless/run_request.hpp"
#include "node/wire/message.hpp"

namespace chainer::rootless {

/// Prepares image and environment in the account's own store, runs the command, and leaves nothing
/// behind but that store. The exit code is the command's, 128 + N after signal N. `variables` is
/// this process's environment. Only for a process without threads.
Result<int> run(const RunRequest& request, const builder::Variables& variables,
                const wire::Say& say);

}  // namespace chainer::rootless
