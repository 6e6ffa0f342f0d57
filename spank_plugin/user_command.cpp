#include "spank_plugin/user_command.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "core/argument_array.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "spank_plugin/privileges.hpp"
#include "spank_plugin/program.hpp"
#include "spank_plugin/variables.hpp"

namespace chainer {
namespace {

std::string variable_of_slurmd(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr ? value : "";
}

/// The job's environment, with the place of Slurm's configuration if only slurmd knows it.
std::vector<std::string> environment_of(const Step& step) {
  std::vector<std::string> environment;
  for (char* const* entry = step.environment; entry != nullptr && *entry != nullptr; ++entry)
    environment.emplace_back(*entry);
  const auto conf = variable_of_slurmd("SLURM_CONF");
  if (!conf.empty() && !variable_of(step.environment, "SLURM_CONF"))
    environment.push_back("SLURM_CONF=" + conf);
  return environment;
}

/// In the child. It looks at folders that the user named only once it is the user.
[[noreturn]] void execute(const Step& step, const std::vector<std::string>& command, int output) {
  const pid_t parent = ::getppid();
  if (::dup2(output, STDOUT_FILENO) < 0 || ::close_range(STDERR_FILENO + 1, ~0u, 0) != 0 ||
      become(step.account) != 0)
    ::_exit(126);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (::dup2(null, STDIN_FILENO) < 0) ::_exit(126);
  // Set after the change of account, which clears it: nothing outlives the task that waits.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (::getppid() != parent) ::_exit(126);
  const auto path =
      variable_of(step.environment, "PATH").value_or("") + ":" + variable_of_slurmd("PATH");
  const auto program = place_of_program(command[0], path);
  const auto environment = environment_of(step);
  ::execve(program.c_str(), argument_array(command).data(), argument_array(environment).data());
  ::_exit(127);
}

Result<std::string> read_to_end(int fd, std::size_t longest, Patience patience) {
  std::string text;
  std::array<char, 4096> bytes{};
  while (true) {
    TRY(wait_readable_or_cancelled(fd, patience));
    const ssize_t got = read_some(fd, bytes.data(), bytes.size());
    if (got < 0) return Error::from_errno("cannot read what a command prints", errno);
    if (got == 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(got));
    if (text.size() > longest) return Error::from_errno("a command prints too much", EFBIG);
  }
}

}  // namespace

Result<std::string> output_as_user(const Attached&, const Step& step,
                                   const std::vector<std::string>& command, std::size_t longest,
                                   Patience patience) {
  TRY_ASSIGN(auto output, Pipe::create());
  TRY_ASSIGN(auto child, Child::fork([&] { execute(step, command, output.write_end.get()); }));
  output.write_end.reset();
  TRY_ASSIGN(auto text, read_to_end(output.read_end.get(), longest, patience));
  TRY_ASSIGN(const int status, child.wait());
  if (status != 0) return Error{command[0] + " failed on the node", ""};
  return text;
}

}  // namespace chainer
