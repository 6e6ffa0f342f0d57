#include "spank_plugin/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
  constexpr timespec tick{0, 10'000'000};
  constexpr int ticks_of_grace = 100;  // one second, then SIGKILL
  const pid_t pid = std::exchange(pid_, -1);
  if (::waitpid(pid, nullptr, WNOHANG) != 0) return;
  ::kill(pid, SIGTERM);
  for (int i = 0; i < ticks_of_grace; ++i) {
    if (::waitpid(pid, nullptr, WNOHANG) != 0) return;
    ::nanosleep(&tick, nullptr);
  }
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
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
