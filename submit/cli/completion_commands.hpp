// `chainer-submit completion SHELL`, and the answers to what that asks.
#pragma once

#include "submit/cli/command_line.hpp"
#include "submit/cli/surroundings.hpp"
#include "submit/run/console.hpp"

namespace chainer::cli {

run::ExitCode write_completion(const CommandLine& line, run::Console& console);

/// Whatever is wrong, with the site file for one, only means fewer words: somebody is typing.
run::ExitCode answer_shell(const CommandLine& line, const Surroundings& surroundings,
                           run::Console& console);

}  // namespace chainer::cli
