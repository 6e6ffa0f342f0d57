#include "spank_plugin/command_output.hpp"

#include <signal.h>
#include <unistd.h>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/spawn.hpp"

namespace chainer {

Result<RunningCommand> RunningCommand::start(const std::vector<std::string>& command) {
  TRY_ASSIGN(auto output, Pipe::create());
  Spawn program;
  program.give(output.write_end.get(), STDOUT_FILENO);
  // srun blocks the signals that a terminal sends, and a child would inherit that: Ctrl-C must end
  // this one.
  program.unblock_signals();
  TRY_ASSIGN(const auto child, program.start(command));
  return RunningCommand(child, std::move(output.read_end));
}

RunningCommand::~RunningCommand() {
  if (child_ == none) return;
  ::kill(child_, SIGKILL);
  wait_for_end(child_);
}

Result<std::string> RunningCommand::output(std::size_t longest) && {
  auto text = read_all(output_.get(), longest);
  output_.reset();  // a program that prints without end ends now
  if (wait_for_end(std::exchange(child_, none)) != 0) return Error{};
  return text;
}

Result<std::string> output_of(const std::vector<std::string>& command, std::size_t longest) {
  TRY_ASSIGN(auto running, RunningCommand::start(command));
  return std::move(running).output(longest);
}

}  // namespace chainer
