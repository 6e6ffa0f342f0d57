// Children of a task in task_init_privileged, and waiting that a cancelled step can end.
#pragma once

#include <sys/types.h>

#include <functional>
#include <initializer_list>
#include <utility>

#include "core/result.hpp"

namespace chainer {

/// Owns a forked child: kills and reaps it when it goes, so that nothing outlives the hook. Empty
/// (-1) after a move.
class Child {
 public:
  /// Forks; the child runs `body`, which must not return.
  static Result<Child> fork(const std::function<void()>& body);

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// Waits for its end and returns its wait status. Call once. An error, and the child still there,
  /// when the step is being cancelled.
  Result<int> wait();
  /// SIGTERM to all, and SIGKILL to who is still there a second later. Reaps them.
  static void stop(std::initializer_list<Child*> children);

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  bool has_ended();
  pid_t pid_;
};

/// Blocks until `fd` can be read or its peer is gone. An error when the step is being cancelled:
/// Slurm sends SIGTERM or SIGINT, which are blocked in this hook and therefore stay pending.
Result<void> wait_readable_or_cancelled(int fd);

}  // namespace chainer
