#include "spank_plugin/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/child_end.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

bool cancelled() {
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  return ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGINT) == 1;
}

Error was_cancelled() { return {"the step was cancelled", "", ECANCELED, Fault::try_again}; }

/// Slurm blocks signals around these hooks and children inherit that, but a helper must get its
/// SIGTERM.
void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

/// The child's whole life. An exception that left this function would go on through Slurm's frames
/// as a second task that runs as root.
[[noreturn]] void run(const std::function<void()>& body) noexcept {
  try {
    unblock_signals();
    body();
  } catch (...) {
    ::_exit(126);
  }
  ::_exit(127);
}

}  // namespace

Result<Child> Child::fork(const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid < 0) return Error::from_errno("cannot fork", errno, Fault::try_again);
  if (pid == 0) run(body);
  return Child(pid);
}

Child::~Child() { stop({this}); }

Result<int> Child::wait() {
  const UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!end) return Error::from_errno("cannot watch a child", errno);
  TRY(wait_readable_or_cancelled(end.get()));
  return wait_for_end(std::exchange(pid_, -1));
}

/// Reaps it when it has ended; true when there is nothing left to wait for.
bool Child::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
  return pid_ < 0;
}

void Child::stop(std::initializer_list<Child*> children) {
  constexpr timespec tick{0, 10'000'000};
  constexpr int ticks_of_grace = 100;  // one second, for each of the two signals
  const auto all_ended = [&] {
    return std::ranges::count_if(children, [](Child* child) { return !child->has_ended(); }) == 0;
  };
  for (const int signal : {SIGTERM, SIGKILL}) {
    if (all_ended()) return;
    for (auto* child : children) {
      if (child->pid_ > 0) ::kill(child->pid_, signal);
    }
    for (int i = 0; i < ticks_of_grace && !all_ended(); ++i) ::nanosleep(&tick, nullptr);
  }
  for (auto* child : children) child->pid_ = -1;
}

Result<void> wait_readable_or_cancelled(std::span<const int> fds, Patience patience) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds look_every{100};
  const auto deadline = Clock::now() + patience.value_or(std::chrono::milliseconds{0});
  std::vector<pollfd> waits;
  for (const int fd : fds) waits.push_back({fd, POLLIN, 0});
  while (true) {
    const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(look_every.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Error::from_errno("cannot wait", errno);
    if (cancelled()) return was_cancelled();
    if (patience && Clock::now() >= deadline) return Error::from_errno("cannot wait", ETIMEDOUT);
  }
}

Result<void> wait_readable_or_cancelled(int fd, Patience patience) {
  return wait_readable_or_cancelled(std::span(&fd, 1), patience);
}

Result<void> lock_or_cancelled(int file) {
  constexpr timespec tick{0, 10'000'000};
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Error::from_errno("cannot lock", errno);
    if (cancelled()) return was_cancelled();
    ::nanosleep(&tick, nullptr);
  }
  return {};
}

}  // namespace chainer
