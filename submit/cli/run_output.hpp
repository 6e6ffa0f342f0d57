// What a run has written.
#pragma once

#include "submit/cli/answer.hpp"
#include "submit/run/services.hpp"

namespace chainer::cli {

/// Shows the output of the run's job as far as it has come, of an array that of each element, or
/// that of one rank; with --json the names of the files. Asks Slurm nothing that the run's record
/// says.
run::ExitCode show_output(const CommandLine& line, const Surroundings& surroundings,
                          const run::Services& services, run::Console& console);

}  // namespace chainer::cli
