// A sequence of hooks of the real Slurm, as tests/cluster/test_hooks recorded it.
#pragma once

#include <string>
#include <vector>

namespace chainer::fixtures {

struct Call {
  std::string hook;     ///< without "slurm_spank_"; option_local and option_remote are callbacks
  std::string context;  ///< local, remote, allocator
  int task{-1};
  bool blocks_sigterm{false};
};

struct Process {
  std::string title;  ///< `local`, `slurmstepd of step 0`, `task 1 of step 0`
  std::vector<Call> calls;
};

/// Reads recordings/NAME.txt. Throws what the standard library throws: a broken recording ends the
/// test.
std::vector<Process> read_recording(const std::string& name);

}  // namespace chainer::fixtures
