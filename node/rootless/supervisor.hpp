// What stands between a person and a program in a container: passes signals on, and waits.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "core/result.hpp"

namespace chainer::rootless {

/// The signals that are passed on, blocked in this process and in the children that it starts.
class BlockedSignals {
 public:
  BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { restore(); }
  /// Restores the mask as it was, in a child that becomes a program.
  void restore() const;

  /// Waits until `child` has ended and gives its exit code, 128 + N after signal N. Meanwhile it
  /// passes on to the child what others send to this process; what a terminal sends reaches the
  /// child by itself. Other children are reaped on the way.
  int wait_for(pid_t child) const;

 private:
  sigset_t passed_on_{}, before_{};
};

}  // namespace chainer::rootless
