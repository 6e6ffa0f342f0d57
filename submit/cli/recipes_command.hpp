// `recipes build`.
#pragma once

#include "submit/cli/command_line.hpp"
#include "submit/cli/surroundings.hpp"
#include "submit/run/console.hpp"

namespace chainer::cli {

/// Has nodes build the environments of the site's recipes, as the site's curator.
run::ExitCode build_recipes(const CommandLine& line, const Surroundings& surroundings,
                            run::Console& console);

}  // namespace chainer::cli
