// The output of a program that srun starts, as the user.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// A program that runs beside its caller. It is looked for in PATH, and shares our stderr.
class RunningCommand {
 public:
  static Result<RunningCommand> start(const std::vector<std::string>& command);
  RunningCommand(RunningCommand&& other) noexcept
      : program_(std::move(other.program_)),
        child_(std::exchange(other.child_, none)),
        output_(std::move(other.output_)) {}
  RunningCommand& operator=(RunningCommand&&) = delete;
  /// Ends a program that nobody has waited for.
  ~RunningCommand();

  /// Waits for the program's end and gives what it has printed, which may not be longer than
  /// `longest`. A program that fails has said why, so the Error is without text; one that was killed
  /// or could not be loaded has not.
  Result<std::string> output(std::size_t longest) &&;

 private:
  static constexpr pid_t none = 0;
  RunningCommand(std::string program, pid_t child, UniqueFd output)
      : program_(std::move(program)), child_(child), output_(std::move(output)) {}

  std::string program_;
  pid_t child_;
  UniqueFd output_;
};

/// The output of a program that is started and waited for.
Result<std::string> output_of(const std::vector<std::string>& command, std::size_t longest);

}  // namespace chainer
