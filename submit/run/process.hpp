// Other programs, as a command runs them.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer::run {

struct Finished {
  int code{0};  ///< the exit code, 128 + N after signal N
  std::string out;
  std::string err;
};

/// A program that was started. Its destructor ends one that still runs.
class RunningProcess {
 public:
  virtual ~RunningProcess() = default;
  /// Waits for its end, at most for `time`, and less when a signal arrives here. Once it gave the
  /// end it is not asked again.
  virtual std::optional<Finished> wait(std::chrono::milliseconds time) = 0;
};

/// Starts programs; tests have one of their own.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// `argv[0]` is looked up on the PATH. The error is that it could not be started.
  virtual Result<std::unique_ptr<RunningProcess>> start(
      const std::vector<std::string>& argv, const std::vector<std::string>& environment) = 0;

  /// Runs a program to its end.
  Result<Finished> run(const std::vector<std::string>& argv,
                       const std::vector<std::string>& environment);
};

class RealProcessRunner : public ProcessRunner {
 public:
  Result<std::unique_ptr<RunningProcess>> start(
      const std::vector<std::string>& argv, const std::vector<std::string>& environment) override;
};

/// `environment` without what would steer a Slurm command behind the script's back: SBATCH_*, which
/// override #SBATCH lines, SLURM_* of a job that this runs in, and defaults of our own options.
/// What says where the cluster is stays.
std::vector<std::string> without_slurm_settings(std::vector<std::string> environment);

/// The same without what would change how Slurm's commands answer or what they answer about:
/// SQUEUE_FORMAT, SINFO_PARTITION, …
std::vector<std::string> environment_of_questions(std::vector<std::string> environment);

/// The path of a program that comes with this one: in the first of `folders`, which start at this
/// program's own, that holds it; else its bare name, for the PATH.
std::string find_beside_this_program(const std::string& name,
                                     std::initializer_list<std::string_view> folders);

/// This process's environment.
std::vector<std::string> own_environment();

}  // namespace chainer::run
