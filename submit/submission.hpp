// From a Plan to a job in the queue, with its folder.
#pragma once

#include <ctime>
#include <optional>
#include <string>

#include "submit/inspection.hpp"
#include "submit/process.hpp"
#include "submit/run_folder.hpp"

namespace chainer {

struct Submission {
  RunFolder folder;
  std::string job;  ///< Slurm's number
};

/// Makes the run's folder, takes the snapshot and calls sbatch. On an error nothing is left.
Result<Submission> submit_run(const Plan& plan, const std::string& estimator_text,
                              const Request& request, const OwnRuns& runs, std::time_t now,
                              ProcessRunner& processes);

/// Makes a run's folder at `path`, whole but for a job: `sbatch PATH/job.sbatch` is all that is
/// left to do. Asks nobody. On an error nothing is left.
Result<RunFolder> render_run(const Plan& plan, const std::string& estimator_text,
                             const std::string& path);

/// The job of a run that was submitted before.
Result<Submission> load_submission(const std::string& folder);

}  // namespace chainer
