// One job, or one element of an array, from the queue to its end.
#pragma once

#include <optional>
#include <string>

#include "submit/follow/log_tail.hpp"
#include "submit/follow/run_record.hpp"
#include "submit/follow/said_once.hpp"
#include "submit/run/console.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/run_folder.hpp"
#include "submit/run/services.hpp"

namespace chainer::follow {

/// What Slurm's last answer said of this job.
enum class Heard { nothing, forgotten, state };

/// How a job ended.
struct JobEnding {
  bool is_done{false};
  std::string sentence;  ///< what follows "done: " or "failed: "
};

class JobWatch {
 public:
  /// `label` is put before each line of the job's output, when it is one of several.
  JobWatch(const run::RunFolder& folder, std::string job, std::string label,
           const run::Pause& pause, run::Console& console);

  /// Takes in Slurm's word, and says what is new in it.
  void hear(const run::JobState& state);
  void hear_nothing() { heard_ = Heard::nothing; }
  void hear_forgotten() { heard_ = Heard::forgotten; }
  /// The same, of an element of an array that left its number in the run's folder.
  void hear_forgotten(const std::string& job);
  /// The same, of an element that left nothing there.
  void hear_never_started(const std::string& element);

  /// Looks at the job's files, shows what is new in them, and tells how it ended once it has.
  std::optional<JobEnding> look();
  /// Ends the line that the output stands in, so that whatever is said next has a line of its own.
  /// A watch that ends by itself has done so.
  void end_output();

  const std::string& job() const { return job_; }
  const run::JobState& state() const { return state_; }
  const RunRecord& record() const { return attempt_.record; }
  /// Whether the script has written its end, so that Slurm's last word is due.
  bool is_ending() const { return !was_queued_again() && record().has_ended(); }

 private:
  void go_by(const std::string& job);
  bool was_queued_again() const { return attempt_.number <= superseded_; }
  void show_phase();
  void show_logs();
  void show_preparation();
  std::string more_of(LogTail& log) const;
  void show(const std::string& text, std::string& unfinished_line);
  bool has_ended();
  bool left_queue() const;
  JobEnding ending() const;
  void say(const std::string& text) const;

  const run::RunFolder& folder_;
  std::string job_, label_;
  const run::Pause& pause_;
  run::Console& console_;
  LogTail preparation_log_, job_log_;
  SaidOnce preparation_said_;
  std::string preparation_line_, job_line_;
  bool is_in_line_{false};  ///< what was shown last has no line end
  Attempt attempt_;
  run::JobState state_;
  Heard heard_{Heard::nothing};
  int superseded_{-1};  ///< the newest attempt that another one follows
  int shown_start_{-1}, shown_run_{-1};
  int looks_since_end_{0};
  int same_final_states_{0};
  int answers_that_it_will_not_start_{0};
};

}  // namespace chainer::follow
