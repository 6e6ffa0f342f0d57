// The commands about a run that was submitted.
#pragma once

#include "submit/cli/answer.hpp"
#include "submit/run/services.hpp"
#include "submit/run/submission.hpp"

namespace chainer::cli {

/// Shows a run to its end; the exit code is the run's.
run::ExitCode follow_run(const CommandLine& line, const run::Submission& submission,
                         const run::Services& services, run::Console& console);

/// The same for the run that the command line names.
run::ExitCode follow_named(const CommandLine& line, const Surroundings& surroundings,
                           const run::Services& services, run::Console& console);

/// Shows what a run is doing, or how it ended, and the last values that its script logged.
run::ExitCode show_status(const CommandLine& line, const Surroundings& surroundings,
                          const run::Services& services, run::Console& console);

/// Asks Slurm to end a run: its ranks get SIGTERM, and the time that the site gives them.
run::ExitCode cancel_run(const CommandLine& line, const Surroundings& surroundings,
                         const run::Services& services, run::Console& console);

}  // namespace chainer::cli
