#include "node/rootless/supervisor.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <iterator>

#include "core/child_end.hpp"

namespace chainer::rootless {
namespace {

/// Signals that cannot be passed on, those that a program brings on itself, and those of job
/// control, which shall stop this process too.
constexpr int kept_back[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,  SIGTRAP,
                             SIGSYS,  SIGABRT, SIGPIPE, SIGTTIN, SIGTTOU, SIGTSTP, SIGCONT};

bool is_passed_on(int number) {
  return std::ranges::find(kept_back, number) == std::end(kept_back);
}

/// The terminal sends its signals to all of the processes in its foreground at once.
bool is_from_terminal(const siginfo_t& info) { return info.si_code == SI_KERNEL; }

}  // namespace

BlockedSignals::BlockedSignals() {
  ::sigemptyset(&passed_on_);
  for (int number = 1; number < SIGRTMIN; ++number) {
    if (is_passed_on(number)) ::sigaddset(&passed_on_, number);
  }
  ::sigprocmask(SIG_BLOCK, &passed_on_, &before_);
}

void BlockedSignals::restore() const { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

int BlockedSignals::wait_for(pid_t child) const {
  while (true) {
    siginfo_t info{};
    const int number = ::sigwaitinfo(&passed_on_, &info);
    if (number > 0 && number != SIGCHLD && !is_from_terminal(info)) ::kill(child, number);
    if (number != SIGCHLD) continue;
    // One SIGCHLD may stand for the ends of several children.
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == child) return shell_exit_code(status);
    }
  }
}

}  // namespace chainer::rootless
