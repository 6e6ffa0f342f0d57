// What Slurm says about a job when squeue is asked.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "submit/run/process.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::run {

/// How long a command waits for the queue's answer.
inline constexpr std::chrono::seconds patience_with_queue(5);
/// A run that was sent longer ago than this, and that the queue does not have, is no longer on its
/// way: sbatch gives up long before.
inline constexpr std::chrono::seconds longest_submission(600);

struct JobState {
  std::string job;     ///< the job's own number, which an element of an array has too
  std::string index;   ///< in its array; empty for a job without one
  std::string state;   ///< PENDING, RUNNING, … as squeue writes it
  std::string reason;  ///< why it waits or ended, in Slurm's word
  std::string nodes;
  /// Whether others of its array go by this number too: those that wait have none of their own.
  bool shares_number{false};
};

/// squeue gave no answer: the controller is out of reach.
struct NoAnswer {
  std::string why;
};

/// What Slurm knows of a job: the job itself, or the elements of its array. Empty when Slurm has
/// forgotten it: it ended longer ago than MinJobAge, or never existed.
using JobStates = std::vector<JobState>;
using QueueAnswer = std::variant<JobStates, NoAnswer>;

/// Whether a job with this working folder can be the run's. The number in a run's record may be
/// another job's: Slurm may have counted from the beginning again, or somebody else have written
/// the record. A folder that is no longer there may have been the run's, before it was moved.
bool is_of_run(const std::string& working_folder, const RunFolder& run);

/// A question to Slurm about a job of a run. The answer takes as long as the controller does, and
/// leaves out jobs that are not the run's.
class QueueQuestion {
 public:
  QueueQuestion(const std::string& job, RunFolder run, ProcessRunner& processes);
  /// Nothing while there is no answer yet. Does not wait.
  std::optional<QueueAnswer> answer();

 private:
  RunFolder run_;
  Result<std::unique_ptr<RunningProcess>> squeue_;
};

/// The same question to the accounting database, about a job that slurmctld has forgotten.
class AccountingQuestion {
 public:
  AccountingQuestion(const std::string& job, RunFolder run, ProcessRunner& processes);
  /// Nothing while there is no answer yet. Only final states; empty where no accounts are kept, or
  /// where they know no end of the job.
  std::optional<JobStates> answer();

 private:
  RunFolder run_;
  Result<std::unique_ptr<RunningProcess>> sacct_;
};

/// The jobs of this user that Slurm knows, by their working folder, oldest first in each. A job
/// keeps the folder that its script names: so a job is found even if nobody wrote down its number.
using JobsByFolder = std::map<std::string, std::vector<std::string>>;

/// Which jobs are listed: all that Slurm remembers, or only those that wait or run.
enum class ListedJobs { all, alive };

/// squeue's answer, if it comes within `patience`.
std::variant<JobsByFolder, NoAnswer> list_own_jobs(ProcessRunner& processes,
                                                   std::chrono::milliseconds patience,
                                                   ListedJobs listed = ListedJobs::all);

/// The working folder of a job that waits or runs, whoever's it is. Empty when it is over, or when
/// Slurm does not know it.
std::variant<std::string, NoAnswer> folder_of_living_job(const std::string& job,
                                                         ProcessRunner& processes,
                                                         std::chrono::milliseconds patience);

/// True for the states that a job does not leave.
bool is_final(std::string_view state);

/// Slurm's reason in plain words; empty for one that says nothing, or that is not known.
std::string_view explain_reason(std::string_view reason);

/// True for a reason that does not go away by itself: the job waits forever.
bool never_starts(std::string_view reason);

/// "was cancelled", "ran out of time": how a final state other than COMPLETED and FAILED came
/// about.
std::string_view explain_state(std::string_view state);

}  // namespace chainer::run
