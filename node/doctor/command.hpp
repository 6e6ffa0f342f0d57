// Another program's answer, for a doctor who has little time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer::doctor {

struct CommandAnswer {
  int code{0};       ///< the exit code, 128 + N after signal N
  std::string said;  ///< the first 64 KiB of standard output and standard error, as they came
};

/// Runs a program to its end and reads what it says. One that is not done after `patience` is
/// killed, with all that it started, and is an error; so is one that cannot be started. `argv[0]`
/// is looked up on the PATH.
Result<CommandAnswer> run_command(const std::vector<std::string>& argv,
                                  std::chrono::milliseconds patience);

/// The first line of a text, without its end.
std::string first_line(const std::string& text);

}  // namespace chainer::doctor
