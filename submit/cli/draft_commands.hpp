// The commands that write an estimator for a person.
#pragma once

#include "submit/cli/answer.hpp"
#include "submit/run/services.hpp"

namespace chainer::cli {

/// Makes an estimator from a file of the retired service, and names what could not be translated.
run::ExitCode import_estimator(const CommandLine& line, const Surroundings& surroundings,
                               const run::Services& services, run::Console& console);

/// Writes an estimator beside a script, and checks it.
run::ExitCode init_estimator(const CommandLine& line, const Surroundings& surroundings,
                             const run::Services& services, run::Console& console);

}  // namespace chainer::cli
