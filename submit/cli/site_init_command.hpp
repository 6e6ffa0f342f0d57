// `site init`.
#pragma once

#include "submit/cli/command_line.hpp"
#include "submit/cli/surroundings.hpp"
#include "submit/run/console.hpp"
#include "submit/run/services.hpp"

namespace chainer::cli {

/// Writes a site file, or shows it; where there is one, says what Slurm has otherwise and writes
/// nothing.
run::ExitCode init_site(const CommandLine& line, const Surroundings& surroundings,
                        const run::Services& services, run::Console& console);

}  // namespace chainer::cli
