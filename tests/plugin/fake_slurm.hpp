// Slurm as the plugin sees it: the spank_* functions, and processes that call the hooks in the
// order of a recording.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugin/recording.hpp"

namespace chainer::fixtures {

/// One job's step, and what the test wants to know of it.
struct Scenario {
  std::string conf{"/nowhere/plugin.conf"};
  /// What plugstack.conf says besides conf=.
  std::vector<std::string> arguments;
  /// Whether plugstack.conf says `required` rather than `optional`.
  bool is_required{true};
  /// Names without dashes and values, given wherever the recording has an option.
  std::vector<std::pair<std::string, const char*>> options;
  std::vector<std::string> environment;
  unsigned uid{65534}, gid{65534};
  /// Called in srun, sbatch, salloc and slurmstepd before their first hook.
  std::function<void()> at_start{[] {}};
  std::function<void(const Call&)> before_hook{[](const Call&) {}};
  std::function<void(const Call&)> after_hook{[](const Call&) {}};
  /// What a task reports about itself after its last hook.
  std::function<std::string()> at_end{[] { return std::string(); }};
};

struct Outcome {
  std::string process, hook;
  int code{0};
  int opened{0};   ///< descriptors open after the hook that were not before
  int threads{0};  ///< of the process, after the hook
};

struct Replay {
  std::vector<Outcome> outcomes;            ///< each process's, in order, up to its first failure
  std::map<std::string, std::string> ends;  ///< how each process ended: `exit 0`, `signal 31`
  std::map<std::string, std::string> said;  ///< Scenario::at_end of each process
  std::string errors;                       ///< stderr and slurm_error of all

  std::vector<Outcome> of(const std::string& hook) const;
  int code_of(const std::string& process, const std::string& hook) const;  ///< 999: not called
};

Replay replay(const std::vector<Process>& recording, const Scenario& scenario);

}  // namespace chainer::fixtures
