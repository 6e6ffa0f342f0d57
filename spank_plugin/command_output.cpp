#include "spank_plugin/command_output.hpp"

#include <signal.h>
#include <unistd.h>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/spawn.hpp"
#include "spank_plugin/helper_program.hpp"

namespace chainer {

Result<RunningCommand> RunningCommand::start(const std::vector<std::string>& command) {
  TRY_ASSIGN(auto output, Pipe::create());
  Spawn program;
  program.give(output.write_end.get(), STDOUT_FILENO);
  // srun blocks the signals that a terminal sends, and a child would inherit that: Ctrl-C must end
  // this one.
  program.unblock_signals();
  TRY_ASSIGN(const auto child, program.start(command));
  return RunningCommand(command.front(), child, std::move(output.read_end));
}

RunningCommand::~RunningCommand() {
  if (child_ == none) return;
  ::kill(child_, SIGKILL);
  wait_for_end(child_);
}

Result<std::string> RunningCommand::output(std::size_t longest) && {
  auto text = read_all(output_.get(), longest);
  output_.reset();  // a program that prints without end ends now
  const int status = wait_for_end(std::exchange(child_, none));
  if (status == 0) return text;
  constexpr int not_loaded = 127;
  const int code = shell_exit_code(status);
  if (code < not_loaded || code == 128 + SIGINT) return Error{};  // Ctrl-C needs no words
  return Error{program_ + " " + how_it_ended(status) + " before it had an answer",
               "submit again; if it stays, look at the limits of this shell (ulimit -a) and at the "
               "memory of this machine",
               0, Fault::try_again};
}

Result<std::string> output_of(const std::vector<std::string>& command, std::size_t longest) {
  TRY_ASSIGN(auto running, RunningCommand::start(command));
  return std::move(running).output(longest);
}

}  // namespace chainer
