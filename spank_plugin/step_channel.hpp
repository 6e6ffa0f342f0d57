// How the tasks of one step on one node share what the first of them prepared.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// What a step's tasks share. The channel itself holds it, so that it lives as long as slurmstepd
/// and needs no path, no holder process and no clean-up.
struct SharedContainer {
  UniqueFd mount_namespace;  ///< empty when the command stays on the host (--chainer-prepare)
  UniqueFd user_namespace;   ///< with --chainer-root: where the tasks are uid 0
  UniqueFd image_pin;        ///< the store entry, locked shared: eviction leaves it alone
  UniqueFd env_pin;          ///< likewise, empty without an environment
  std::string image;         ///< as it was asked for; empty where the root is the host's
  std::string save_as{};     ///< the file that slurmstepd has it saved as; mostly empty
};

/// Proof that this task is inside the step's cgroup. Whatever forks asks for it: a child forked
/// earlier would land outside that cgroup and outlive the job.
class Attached {
 private:
  friend class StepChannel;
  Attached() = default;
};

/// Made in slurmstepd before any task is forked; each task inherits it. Local task 0 prepares, the
/// others wait for its word. A task that dies without a word is noticed, and a step that is
/// cancelled ends every wait: nobody waits forever.
class StepChannel {
 public:
  static Result<std::unique_ptr<StepChannel>> create();

  /// What the channel whose waiting end is `channel` holds: a copy, such as a task of its step
  /// gets. An error when there is no container.
  static Result<SharedContainer> look_into(int channel);

  // --- slurmstepd ---
  /// The waiting end, which slurmstepd holds from before its first task until its own end, under
  /// the same number as its tasks.
  int waiting_end() const { return receivers_.get(); }
  /// Task 0 is inside the step's cgroup now. Also closes what only task 0 may hold.
  void first_task_is_attached();

  // --- a task, first thing in task_init_privileged ---
  enum class Role { prepares, waits };
  /// Closes the ends that the role must not hold.
  void take(Role role);

  // --- task 0 ---
  /// At the first call, blocks until first_task_is_attached was called. An error when slurmstepd
  /// gave up.
  Result<Attached> wait_until_attached();
  Result<void> publish(const SharedContainer& container);
  /// Tells the waiting tasks that there is nothing to wait for; the cause was already printed.
  void publish_failure();

  // --- the other tasks ---
  /// Blocks until task 0 has published, failed or died. Each task gets descriptors of its own. The
  /// error is without text when task 0 has reported it already, and has one when task 0 died
  /// silently.
  Result<SharedContainer> receive();

 private:
  StepChannel() = default;

  std::optional<Attached> attached_;
  UniqueFd publisher_, receivers_;              // a socket pair: one message, read by peeking
  UniqueFd attached_reader_, attached_writer_;  // a pipe: one byte from slurmstepd to task 0
  UniqueFd alive_reader_, alive_writer_;        // a pipe without bytes: closed when task 0 is gone
};

}  // namespace chainer
