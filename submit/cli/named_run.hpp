// The run that a command line names, and the folders in which runs are.
#pragma once

#include <variant>

#include "submit/cli/answer.hpp"
#include "submit/run/services.hpp"
#include "submit/run/submission.hpp"

namespace chainer::cli {

/// Opens the caller's folder of runs in `runs`, one of the site's folders of runs.
Result<run::OwnRuns> open_runs(const input::Site& site, const std::string& runs,
                               const Surroundings& surroundings);

/// The run, or the exit code of the answer that says why there is none.
std::variant<run::Submission, run::ExitCode> find_run(const CommandLine& line,
                                                      const Surroundings& surroundings,
                                                      const run::Services& services,
                                                      run::Console& console);

}  // namespace chainer::cli
