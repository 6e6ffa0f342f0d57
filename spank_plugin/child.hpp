// Children of a task in task_init_privileged, and waits that a cancelled step ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>

#include "core/result.hpp"

namespace chainer {

/// Owns a forked child: kills and reaps it when destroyed, so that nothing outlives the hook. Empty
/// (-1) after a move.
class Child {
 public:
  /// Forks; the child runs `body` and ends. Whatever `body` throws ends the child too: it never
  /// goes on as a second task.
  static Result<Child> fork(const std::function<void()>& body);

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// Waits for its end and returns its wait status. Call once. An error, and the child still there,
  /// when the step is being cancelled.
  Result<int> wait();
  /// SIGTERM to all, and SIGKILL to those that are still there a second later; then reaps them. A
  /// child that even SIGKILL does not end (it waits for a file system that never answers) is given
  /// up after another second: it is inside the step's cgroup, where Slurm waits for it.
  static void stop(std::initializer_list<Child*> children);

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  bool has_ended();
  pid_t pid_;
};

/// How long root waits for an answer; empty: as long as the step lives.
using Patience = std::optional<std::chrono::milliseconds>;

/// Blocks until one of `fds` can be read or its peer is gone. An error when the step is being
/// cancelled: Slurm sends SIGTERM or SIGINT, which are blocked in this hook and therefore stay
/// pending. An error too (ETIMEDOUT) when the patience ends.
Result<void> wait_readable_or_cancelled(std::span<const int> fds, Patience patience = {});
Result<void> wait_readable_or_cancelled(int fd, Patience patience = {});

/// Takes an exclusive lock on an open file (flock), for which it waits as the above do.
Result<void> lock_or_cancelled(int file);

}  // namespace chainer
