#include "spank_plugin/command_output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/argument_array.hpp"
#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

Result<std::string> output_of(const std::vector<std::string>& command, std::size_t longest) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::from_errno("cannot make a pipe", errno);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  // srun blocks the signals that a terminal sends, and a child inherits that: Ctrl-C ends this one.
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
  writer.reset();
  if (failure != 0) return Error::from_errno("cannot start " + command[0], failure);

  auto text = read_all(reader.get(), longest);
  reader.reset();  // one that prints without an end ends now
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return Error{};
  return text;
}

}  // namespace chainer
