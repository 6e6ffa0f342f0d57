#include "spank_plugin/helper_program.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/argument_array.hpp"
#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/child.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {
namespace {

constexpr int launch_fd = 7;        // ours, until the program starts
constexpr int first_spare_fd = 32;  // above everything that is placed by number

/// Gives each descriptor its number and closes every other but stdin, stdout and stderr. The
/// sources are first moved out of the way, since one may sit on another's number.
bool place_descriptors(std::vector<Placed> list) {
  for (auto& placed : list) {
    placed.fd = ::fcntl(placed.fd, F_DUPFD, first_spare_fd);
    if (placed.fd < 0) return false;
  }
  int next = 3;
  for (const auto& placed : list) {
    if (::dup2(placed.fd, placed.number) < 0) return false;
    if (placed.number > next)
      ::close_range(static_cast<unsigned>(next), static_cast<unsigned>(placed.number - 1), 0);
    next = placed.number + 1;
  }
  return ::close_range(static_cast<unsigned>(next), ~0u, 0) == 0;
}

}  // namespace

void fail_launch(int launch, LaunchFailure::Stage stage) {
  const LaunchFailure failure{stage, errno};
  [[maybe_unused]] const auto written = ::write(launch, &failure, sizeof failure);
  ::_exit(126);
}

void become_program(HelperProgram program, int launch) {
  using Stage = LaunchFailure::Stage;
  program.descriptors.push_back({launch, launch_fd});
  if (!place_descriptors(program.descriptors)) fail_launch(launch, Stage::set_up);
  ::fcntl(launch_fd, F_SETFD, FD_CLOEXEC);
  // The files of an environment have the modes that their makers meant, whatever the job's umask.
  ::umask(022);
  const pid_t parent = ::getppid();
  if (errno = become(program.account); errno != 0) fail_launch(launch_fd, Stage::become);
  // Opened as the account: in a container /dev may be the user's, and its null a link to anything.
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (::dup2(null.get(), STDIN_FILENO) < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    fail_launch(launch_fd, Stage::set_up);
  }
  // Set after the change of account, which clears it: the helper must not outlive the one that
  // waits.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (::getppid() != parent) ::_exit(126);
  const auto arguments = argument_array(program.arguments);
  ::execve(program.path.c_str(), arguments.data(), program.environment);
  fail_launch(launch_fd, Stage::start);
}

Result<void> await_launch(Pipe& launch, const std::string& program) {
  launch.write_end.reset();
  TRY(wait_readable_or_cancelled(launch.read_end.get()));
  LaunchFailure failure{};
  const ssize_t got = read_some(launch.read_end.get(), &failure, sizeof failure);
  if (got == 0) return {};
  if (got != sizeof failure) return Error::from_errno("cannot start " + program, EIO);
  switch (failure.stage) {
    case LaunchFailure::Stage::set_up:
      return Error::from_errno("cannot set up " + program, failure.error_number);
    case LaunchFailure::Stage::enter:
      return Error::from_errno("cannot enter the container", failure.error_number);
    case LaunchFailure::Stage::become:
      return Error::from_errno("cannot change the account for " + program, failure.error_number);
    case LaunchFailure::Stage::start: break;
  }
  auto error = Error::from_errno("cannot start " + program, failure.error_number);
  if (failure.error_number == EAGAIN)
    return std::move(error).with_hint(
        "end some of your processes on this node, or submit again later");
  return std::move(error).with_hint("an administrator must install " + program +
                                    ", or correct plugin.conf");
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return std::string("was killed by signal ") + std::to_string(WTERMSIG(status));
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace chainer
