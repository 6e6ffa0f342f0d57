#include "submit/follower.hpp"

#include <fmt/format.h>

#include "submit/log_tail.hpp"

namespace chainer {
namespace {

using namespace std::chrono_literals;

constexpr auto step = 500ms;             // between looks at files
constexpr int steps_per_question = 4;    // between questions to the controller
constexpr int steps_for_last_word = 20;  // for Slurm's final state, and for the last lines of a log
constexpr int steps_for_first_word = 4;  // the same for a job that never ran
constexpr int steps_without_answer = 1200;

class Follower {
 public:
  Follower(const Submission& submission, ProcessRunner& processes, Pause& pause, Console& console)
      : submission_(submission),
        processes_(processes),
        pause_(pause),
        console_(console),
        preparation_log_(submission.folder.preparation_log(submission.job)),
        job_log_(submission.folder.log(submission.job)) {}

  Ending run() {
    for (int steps = 0;; ++steps) {
      const bool ask = steps % steps_per_question == 0 || record_.has_ended();
      if (ask) ask_slurm();
      record_ = read_newest_record(submission_.folder.attempts(), submission_.job);
      show_phase();
      show_logs();
      if (has_ended()) return finish();
      if (unanswered_ > steps_without_answer / steps_per_question) return out_of_reach();
      if (!pause_.wait(step)) return interrupted();
    }
  }

 private:
  void ask_slurm() {
    const auto answer = ask_queue(submission_.job, processes_);
    if (const auto* none = std::get_if<NoAnswer>(&answer)) {
      if (unanswered_++ == 0) say(fmt::format("Slurm does not answer, trying on: {}", none->why));
      return;
    }
    unanswered_ = 0;
    is_forgotten_ = std::holds_alternative<UnknownJob>(answer);
    if (const auto* state = std::get_if<JobState>(&answer)) show_state(*state);
  }

  /// One line for each new state or reason.
  void show_state(const JobState& state) {
    const bool is_news = state.state != state_.state || state.reason != state_.reason;
    state_ = state;
    if (!is_news) return;
    if (state.state == "PENDING") {
      const auto words = explain_reason(state.reason);
      if (state.reason.empty() || state.reason == "None")
        say("queued");
      else
        say(fmt::format("queued: {} ({})", words.empty() ? "Slurm's reason" : words, state.reason));
    } else if (state.state == "CONFIGURING") {
      say(fmt::format("starting {}", state.nodes));
    }
  }

  void show_phase() {
    if (record_.start && !start_shown_) {
      start_shown_ = true;
      say(fmt::format("preparing {}", record_.nodes));
    }
    if (record_.run && !run_shown_) {
      run_shown_ = true;
      show_log(preparation_log_);
      say(fmt::format("running, prepared in {} s", *record_.run - *record_.start));
    }
  }

  void show_logs() {
    show_log(preparation_log_);
    // A failed preparation's log is copied to the job's log, for people who do not follow.
    if (!record_.preparation || *record_.preparation == 0) show_log(job_log_);
  }

  void show_log(LogTail& log) {
    for (auto text = log.read_more(); !text.empty(); text = log.read_more()) console_.out(text);
  }

  /// The record's end comes first; Slurm's final state follows, and tells a cancelled run from a
  /// failed one. A job that was cancelled in the queue or lost its node has no record of its end.
  bool has_ended() {
    const bool slurm_is_done = is_final(state_.state) || is_forgotten_;
    if (record_.status == 0) return true;
    if (slurm_is_done && record_.has_ended()) return true;
    if (slurm_is_done || record_.has_ended()) ++steps_since_end_;
    return steps_since_end_ > (record_.start ? steps_for_last_word : steps_for_first_word);
  }

  Ending finish() {
    show_logs();
    Ending ending{ExitCode::run_failed, "", is_forgotten_ ? "" : state_.state, record_};
    if (record_.status == 0) {
      ending.code = ExitCode::done;
      ending.sentence =
          fmt::format("done: {}, {} s", describe_ranks(record_), *record_.end - *record_.start);
      return ending;
    }
    ending.sentence = "failed: " + cause();
    if (const auto ranks = describe_ranks(record_); !ranks.empty()) ending.sentence += ": " + ranks;
    return ending;
  }

  std::string cause() const {
    const auto words = explain_state(state_.state);
    if (!words.empty()) return fmt::format("job {} {}", submission_.job, words);
    if (record_.preparation && *record_.preparation != 0) {
      return fmt::format("the preparation ended with exit code {}", *record_.preparation);
    }
    if (record_.status) {
      return fmt::format("job {} ended with exit code {}", submission_.job, *record_.status);
    }
    return fmt::format(
        "job {} vanished: Slurm no longer knows it, and it left no record of its end",
        submission_.job);
  }

  Ending out_of_reach() const {
    return {ExitCode::try_again, "Slurm is out of reach; the job may still run", "", record_};
  }

  Ending interrupted() const {
    const auto& folder = submission_.folder;
    console_.err(fmt::format(
        "\nchainer-submit: the job goes on\nnext: chainer-submit follow {}   or   scancel {}\n",
        folder.path(), submission_.job));
    return {ExitCode::interrupted, "", state_.state, record_};
  }

  void say(const std::string& text) const {
    console_.err(fmt::format("chainer-submit: {}\n", text));
  }

  const Submission& submission_;
  ProcessRunner& processes_;
  Pause& pause_;
  Console& console_;
  LogTail preparation_log_, job_log_;
  RunRecord record_;
  JobState state_;
  bool is_forgotten_{false};
  bool start_shown_{false};
  bool run_shown_{false};
  int steps_since_end_{0};
  int unanswered_{0};
};

}  // namespace

Ending follow(const Submission& submission, ProcessRunner& processes, Pause& pause,
              Console& console) {
  return Follower(submission, processes, pause, console).run();
}

}  // namespace chainer
