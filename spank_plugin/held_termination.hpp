// SIGTERM, which Slurm sends to a step that is cancelled or whose time is over.
#pragma once

#include <csignal>

namespace chainer {

/// Keeps it from the process for as long as it lives. Slurm before 24.11 does so itself; later
/// releases would have it end a task that prepares, before what a build left is removed. Children
/// get it, and end.
class HeldTermination {
 public:
  HeldTermination() {
    sigset_t held;
    ::sigemptyset(&held);
    ::sigaddset(&held, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldTermination() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  HeldTermination(const HeldTermination&) = delete;
  HeldTermination& operator=(const HeldTermination&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace chainer
