// What each subcommand does.
#pragma once

#include "submit/command_line.hpp"
#include "submit/console.hpp"
#include "submit/services.hpp"
#include "submit/surroundings.hpp"

namespace chainer {

ExitCode run_command(const CommandLine& line, const Surroundings& surroundings,
                     const Services& services, Console& console);

}  // namespace chainer
