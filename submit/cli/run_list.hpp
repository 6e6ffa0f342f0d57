// The runs of the caller.
#pragma once

#include "submit/cli/answer.hpp"
#include "submit/run/services.hpp"

namespace chainer::cli {

/// Shows the newest runs of all of the site's folders, a line each: what it does, or how it ended.
/// When Slurm does not answer it is asked once, not for each.
run::ExitCode list_runs(const CommandLine& line, const Surroundings& surroundings,
                        const run::Services& services, run::Console& console);

}  // namespace chainer::cli
