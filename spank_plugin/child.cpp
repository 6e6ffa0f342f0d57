#include "spank_plugin/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/unique_fd.hpp"

namespace chainer {
namespace {

bool cancelled() {
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  return ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGINT) == 1;
}

/// Slurm blocks signals around these hooks and children inherit that: a helper must get its SIGTERM.
void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

}  // namespace

Result<Child> Child::fork(const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid < 0) return Error::from_errno("cannot fork", errno, Fault::try_again);
  if (pid == 0) {
    unblock_signals();
    body();
    ::_exit(127);
  }
  return Child(pid);
}

Child::~Child() {
  if (pid_ > 0) stop();
}

int Child::wait() {
  int status = 0;
  const pid_t pid = std::exchange(pid_, -1);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void Child::stop() {
  constexpr int grace_ms = 1000;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  ::kill(pid_, SIGTERM);
  pollfd ended{process.get(), POLLIN, 0};
  if (!process || ::poll(&ended, 1, grace_ms) <= 0) ::kill(pid_, SIGKILL);
  wait();
}

Result<void> wait_readable_or_cancelled(int fd) {
  constexpr int look_every_ms = 100;
  pollfd wait{fd, POLLIN, 0};
  while (true) {
    const int ready = ::poll(&wait, 1, look_every_ms);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Error::from_errno("cannot wait", errno);
    if (cancelled()) return Error{"the step was cancelled", "", ECANCELED, Fault::try_again};
  }
}

}  // namespace chainer
