// `chainer-submit explain`: what keys mean, and what they are in a file.
#pragma once

#include "submit/cli/command_line.hpp"
#include "submit/cli/surroundings.hpp"
#include "submit/run/console.hpp"

namespace chainer::cli {

run::ExitCode explain_keys(const CommandLine& line, const Surroundings& surroundings,
                           run::Console& console);

}  // namespace chainer::cli
