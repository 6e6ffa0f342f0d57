#include "submit/follow/job_watch.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "submit/follow/room.hpp"
#include "submit/follow/verdict.hpp"

namespace chainer::follow {
namespace {

// The files are looked at every half second.
constexpr int looks_for_last_word = 20;  // for Slurm's final state, and for the last lines of a log
constexpr int looks_for_first_word = 4;  // the same for a job that never ran

constexpr int enough_answers = 3;  // Slurm may change its mind at once

/// A job that lost its node or its place may be queued again at the same moment.
bool may_be_queued_again(std::string_view state) {
  return state == "NODE_FAIL" || state == "PREEMPTED" || state == "BOOT_FAIL";
}

bool is_waiting(std::string_view state) {
  return state == "PENDING" || state == "REQUEUED" || state == "REQUEUE_HOLD" ||
         state == "REQUEUE_FED" || state == "SPECIAL_EXIT";
}

}  // namespace

JobWatch::JobWatch(const run::RunFolder& folder, std::string job, std::string label,
                   const run::Pause& pause, run::Console& console)
    : folder_(folder),
      job_(std::move(job)),
      label_(std::move(label)),
      pause_(pause),
      console_(console),
      preparation_log_(folder.preparation_log(job_)),
      job_log_(folder.log(job_)) {}

void JobWatch::hear(const run::JobState& state) {
  heard_ = Heard::state;
  go_by(state.job);
  const bool is_news = state.state != state_.state || state.reason != state_.reason;
  same_final_states_ =
      run::is_final(state.state) && state.state == state_.state ? same_final_states_ + 1 : 0;
  state_ = state;
  const bool is_stuck = is_waiting(state.state) && run::never_starts(state.reason);
  answers_that_it_will_not_start_ = is_stuck ? answers_that_it_will_not_start_ + 1 : 0;
  if (is_waiting(state.state) && attempt_.number > superseded_) superseded_ = attempt_.number;
  if (!is_news) return;
  if (is_waiting(state.state)) {
    const auto* verb = superseded_ >= 0 ? "queued again" : "queued";
    const auto words = run::explain_reason(state.reason);
    if (state.reason.empty() || state.reason == "None")
      say(verb);
    else
      say(fmt::format("{}: {} ({})", verb, words.empty() ? "Slurm's reason" : words, state.reason));
  } else if (state.state == "CONFIGURING") {
    say(fmt::format("starting {}", state.nodes));
  }
}

void JobWatch::hear_forgotten(const std::string& job) {
  hear_forgotten();
  go_by(job);
  state_.shares_number = false;
}

void JobWatch::hear_never_started(const std::string& element) {
  hear_forgotten();
  state_.index = element;
  state_.state = "PENDING";
  state_.shares_number = true;
}

/// An element of an array gets a job number of its own when it starts.
void JobWatch::go_by(const std::string& job) {
  if (job == job_) return;
  job_ = job;
  preparation_log_ = LogTail(folder_.preparation_log(job_));
  job_log_ = LogTail(folder_.log(job_));
}

std::optional<JobEnding> JobWatch::look() {
  if (answers_that_it_will_not_start_ >= enough_answers) {
    end_output();
    return JobEnding{
        false,
        fmt::format("job {} is stuck in the queue: {} ({}); scancel {} takes it out of the queue",
                    job_, run::explain_reason(state_.reason), state_.reason, job_)};
  }
  const bool has_number = !state_.shares_number;  // else the number's files are another one's
  if (has_number) {
    attempt_ = read_newest_attempt(folder_.attempts(), job_);
    show_phase();
    show_logs();
  }
  if (!has_ended()) return std::nullopt;
  if (has_number) show_logs();
  end_output();
  return ending();
}

void JobWatch::end_output() {
  show(preparation_said_.rest(), preparation_line_);
  for (auto* line : {&preparation_line_, &job_line_}) {
    if (!line->empty()) console_.out(fmt::format("{}{}\n", label_, std::exchange(*line, {})));
  }
  if (std::exchange(is_in_line_, false)) console_.out("\n");
}

void JobWatch::show_phase() {
  if (was_queued_again()) return;
  if (record().start && shown_start_ < attempt_.number) {
    shown_start_ = attempt_.number;
    say(fmt::format("preparing {}", record().nodes));
  }
  if (record().run && shown_run_ < attempt_.number) {
    shown_run_ = attempt_.number;
    show_preparation();
    say(fmt::format("running, prepared in {} s", *record().run - record().start.value_or(0)));
  }
}

void JobWatch::show_logs() {
  show_preparation();
  // A failed preparation's log is copied to the job's log, for people who do not follow.
  if (record().preparation.value_or(0) != 0) return;
  for (auto text = more_of(job_log_); !text.empty(); text = more_of(job_log_))
    show(text, job_line_);
}

void JobWatch::show_preparation() {
  for (auto text = more_of(preparation_log_); !text.empty(); text = more_of(preparation_log_)) {
    show(preparation_said_.take(text), preparation_line_);
  }
}

/// Nothing more where nobody wants to see it: a log may be of any length.
std::string JobWatch::more_of(LogTail& log) const {
  return console_.is_shown() && !pause_.is_asked_to_stop() ? log.read_more() : std::string();
}

void JobWatch::show(const std::string& text, std::string& unfinished_line) {
  if (label_.empty()) {
    if (text.empty()) return;
    console_.out(text);
    is_in_line_ = !text.ends_with('\n');
    return;
  }
  // Lines of several jobs must not run into each other.
  unfinished_line += text;
  std::size_t from = 0;
  for (auto end = unfinished_line.find('\n'); end != std::string::npos;
       end = unfinished_line.find('\n', from)) {
    console_.out(label_ + unfinished_line.substr(from, end + 1 - from));
    from = end + 1;
  }
  unfinished_line.erase(0, from);
  if (unfinished_line.size() > longest_awaited_line)
    console_.out(fmt::format("{}{}\n", label_, std::exchange(unfinished_line, {})));
}

/// Slurm's final state and the record's end both come, in either order. A job that was cancelled in
/// the queue or that lost its node has no record of its end; a controller that is away gives no
/// state.
bool JobWatch::has_ended() {
  const bool is_recorded = is_ending();
  const bool slurm_is_done = heard_ == Heard::forgotten ||
                             (heard_ == Heard::state && run::is_final(state_.state) &&
                              (!may_be_queued_again(state_.state) || same_final_states_ > 0));
  if (slurm_is_done && is_recorded) return true;
  // While Slurm names a state that will change, its word is awaited; while the job completes, or
  // Slurm is away, the record's word counts after a while.
  const bool is_awaited =
      slurm_is_done || (is_recorded && (heard_ == Heard::nothing || state_.state == "COMPLETING"));
  looks_since_end_ = is_awaited ? looks_since_end_ + 1 : 0;
  return looks_since_end_ > (record().start ? looks_for_last_word : looks_for_first_word);
}

/// Slurm keeps nothing of an element of an array that is cancelled while it waits.
bool JobWatch::left_queue() const {
  return heard_ == Heard::forgotten && !state_.index.empty() && is_waiting(state_.state);
}

JobEnding JobWatch::ending() const {
  // Where Slurm names no end, a signal in the record means that the run was cut short.
  const bool slurm_says_well = heard_ == Heard::state && run::is_final(state_.state)
                                   ? state_.state == "COMPLETED"
                                   : !record().terminated;
  if (slurm_says_well && record().all_ranks_said_zero()) {
    return {true, fmt::format("{}, {} s", describe_ranks(record()),
                              record().end.value_or(0) - record().start.value_or(0))};
  }
  std::error_code unknown;  // then it may be there
  const bool is_lost = !std::filesystem::exists(folder_.path(), unknown) && !unknown;
  const auto log_end = job_log_.end();
  const auto rank = first_rank_of(record(), log_end);
  const auto rank_end =
      rank ? LogTail(folder_.rank_log(job_, attempt_.number, *rank)).end() : std::string();
  return {false,
          verdict({job_, heard_ == Heard::state ? state_.state : "", heard_ == Heard::forgotten,
                   record(), read_run_limits(folder_), log_end, rank_end, preparation_log_.end(),
                   folder_.log(job_), folder_.preparation_log(job_),
                   has_room(folder_.path()) ? std::string() : folder_.path(),
                   is_lost ? folder_.path() : std::string(), folder_.is_local(), left_queue()})};
}

void JobWatch::say(const std::string& text) const {
  console_.err(fmt::format("chainer-submit: {}{}\n", label_, text));
}

}  // namespace chainer::follow
