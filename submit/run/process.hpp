// Other programs, run for a command.
#pragma once

#include <chrono>
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

/// A program that was started. The destructor ends it if it still runs.
class RunningProcess {
 public:
  virtual ~RunningProcess() = default;
  /// Waits for the program's end, for at most `time`, and less when a signal arrives here. Must not
  /// be called again once it has returned the end.
  virtual std::optional<Finished> wait(std::chrono::milliseconds time) = 0;
};

/// How often a wait for a program checks whether Ctrl-C was pressed.
inline constexpr std::chrono::milliseconds between_looks{100};

/// Starts programs; tests have an implementation of their own.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// `argv[0]` is looked up on the PATH. An Error means that it could not be started.
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
/// Variables that say where the cluster is stay.
std::vector<std::string> without_slurm_settings(std::vector<std::string> environment);

/// The same without what would change how Slurm's commands answer, or what they answer about:
/// SQUEUE_FORMAT, SINFO_PARTITION, …
std::vector<std::string> environment_of_questions(std::vector<std::string> environment);

/// This process's environment.
std::vector<std::string> own_environment();

}  // namespace chainer::run
