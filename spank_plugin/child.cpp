#include "spank_plugin/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "core/unique_fd.hpp"

namespace chainer {
namespace {

bool cancelled() {
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  return ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGINT) == 1;
}

/// Slurm blocks signals around these hooks and children inherit that: a helper must get its
/// SIGTERM.
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

Child::~Child() { stop({this}); }

Result<int> Child::wait() {
  const UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!end) return Error::from_errno("cannot watch a child", errno);
  if (auto ended = wait_readable_or_cancelled(end.get()); !ended) return std::move(ended).error();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

/// Reaps it when it has ended; true when there is nothing left to wait for.
bool Child::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
  return pid_ < 0;
}

void Child::stop(std::initializer_list<Child*> children) {
  constexpr timespec tick{0, 10'000'000};
  constexpr int ticks_of_grace = 100;  // one second, then SIGKILL
  const auto all_ended = [&] {
    return std::ranges::count_if(children, [](Child* child) { return !child->has_ended(); }) == 0;
  };
  if (all_ended()) return;
  for (auto* child : children) {
    if (child->pid_ > 0) ::kill(child->pid_, SIGTERM);
  }
  for (int i = 0; i < ticks_of_grace; ++i) {
    if (all_ended()) return;
    ::nanosleep(&tick, nullptr);
  }
  for (auto* child : children) {
    if (child->pid_ <= 0) continue;
    ::kill(child->pid_, SIGKILL);
    while (::waitpid(child->pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    child->pid_ = -1;
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
