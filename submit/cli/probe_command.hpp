// `probe mpi`.
#pragma once

#include "submit/cli/command_line.hpp"
#include "submit/cli/surroundings.hpp"
#include "submit/run/console.hpp"
#include "submit/run/services.hpp"

namespace chainer::cli {

run::ExitCode probe_mpi(const CommandLine& line, const Surroundings& surroundings,
                        const run::Services& services, run::Console& console);

}  // namespace chainer::cli
