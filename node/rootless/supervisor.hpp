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
  /// For a child that becomes a program: the mask as it was.
  void restore() const;

  /// Waits until `child` has ended, passing on to it what others send to this process: its exit
  /// code, 128 + N after signal N. What a terminal sends reaches the child by itself. Other children
  /// are reaped on the way.
  int wait_for(pid_t child) const;

 private:
  sigset_t passed_on_{}, before_{};
};

}  // namespace chainer::rootless
