// The cgroups of a step's tasks, for what slurmstepd starts on their behalf once they have ended.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer {

class StepCgroups {
 public:
  /// Those that the process is in, as the kernel says; none where there are no cgroups.
  static StepCgroups of(pid_t process);

  /// Moves this process into them, so that the job's limits count and Slurm's signals arrive.
  Result<void> join() const;

 private:
  std::vector<std::string> folders_{};
};

/// The folders of what /proc/PID/cgroup holds, both versions: where Slurm and systemd mount them.
std::vector<std::string> folders_of_cgroups(std::string_view text);

}  // namespace chainer
