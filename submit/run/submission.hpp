// Takes a Plan to a job in the queue, with its folder.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "submit/plan/inspection.hpp"
#include "submit/run/console.hpp"
#include "submit/run/exit_code.hpp"
#include "submit/run/run_folder.hpp"
#include "submit/run/sbatch.hpp"
#include "submit/run/services.hpp"

namespace chainer::run {

struct Submission {
  RunFolder folder;
  std::string job;      ///< Slurm's number; for a run on this machine, its process's
  std::string said;     ///< what sbatch wrote beside it: warnings
  std::string array{};  ///< its elements, as --array names them; empty: it is no array
};

/// Why there is no Submission to continue with.
struct SubmitFailure {
  ExitCode code{ExitCode::try_again};
  Error error;
  std::optional<RunFolder> folder{};  ///< the folder that stays, because there may be a job
  std::optional<Refused> refused{};   ///< sbatch's own words, when it said no
};

/// Makes the run's folder, takes the snapshot and calls sbatch. Once sbatch has been started the
/// folder stays, and its record says what is known: a job may exist even though nobody heard its
/// number. `credentials` go into the folder as docker's auth.json.
std::variant<Submission, SubmitFailure> submit_run(const plan::Plan& plan,
                                                   const std::string& estimator_text,
                                                   const plan::Request& request,
                                                   const OwnRuns& runs, const Services& services,
                                                   Console& console,
                                                   const std::string& credentials = {});

/// Finds the jobs of submissions that were interrupted before, and says what became of them.
void settle_interrupted(const OwnRuns& runs, const Services& services, Console& console);

/// Makes a run's folder at `path`, complete except for a job: only `sbatch PATH/job.sbatch` is left
/// to do. Asks nobody. After an error nothing is left.
Result<RunFolder> render_run(const plan::Plan& plan, const std::string& estimator_text,
                             const std::string& path, Console& console,
                             const std::string& credentials = {});

/// The job of a run that was submitted before, or whose script was sent by hand. Asks Slurm where
/// the record does not say.
Result<Submission> load_submission(const std::string& path, ProcessRunner& processes);

}  // namespace chainer::run
