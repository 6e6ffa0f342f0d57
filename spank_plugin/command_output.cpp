#include "spank_plugin/command_output.hpp"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "core/argument_array.hpp"
#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"

namespace chainer {

Result<RunningCommand> RunningCommand::start(const std::vector<std::string>& command) {
  TRY_ASSIGN(auto output, Pipe::create());
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDOUT_FILENO);
  // srun blocks the signals that a terminal sends, and a child would inherit that: Ctrl-C must end
  // this one.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const auto arguments = argument_array(command);
  pid_t child = 0;
  const int failure =
      ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return Error::from_errno("cannot start " + command[0], failure);
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
