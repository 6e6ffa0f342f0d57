// How chainer-node speaks, and how it ends.
#pragma once

#include <string_view>

#include "core/result.hpp"

namespace chainer::commands {

/// Writes a whole line to stderr at once: several processes share the job's.
void say(std::string_view line);

/// Says what failed and what to do; gives the exit code for it.
int fail(const Error& error, std::string_view label = {});
/// The same, unless somebody has said it.
int fail_unless_told(const Error& error);

}  // namespace chainer::commands
