// What each subcommand does.
#pragma once

#include <ctime>

#include "submit/command_line.hpp"
#include "submit/console.hpp"
#include "submit/follower.hpp"
#include "submit/process.hpp"
#include "submit/surroundings.hpp"

namespace chainer {

/// What a command needs of the world beyond files.
struct Services {
  ProcessRunner& processes;
  Pause& pause;
  std::time_t now;
};

ExitCode run_command(const CommandLine& line, const Surroundings& surroundings,
                     const Services& services, Console& console);

}  // namespace chainer
