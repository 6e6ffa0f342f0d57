#include "submit/follow/follower.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <list>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "submit/follow/job_watch.hpp"
#include "submit/run/array_elements.hpp"
#include "submit/run/local_job.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::follow {
namespace {

using namespace std::chrono_literals;

constexpr auto step = 500ms;                // between looks at files
constexpr int steps_per_question = 4;       // between questions to the controller
constexpr int steps_until_told = 6;         // without an answer
constexpr int steps_for_accounts = 20;      // for the answer of the accounting database
constexpr int steps_until_given_up = 1200;  // without an answer

/// Sorted names, where those of three and more elements that follow one another are a range: "0-3, 7".
std::string in_ranges(const std::vector<std::string>& names) {
  std::vector<std::string> ranges;
  for (auto first = names.begin(); first != names.end();) {
    const auto number = run::number_of_element(*first);
    auto end = first + 1;
    while (number && end != names.end() && run::number_of_element(*end) == *number + (end - first))
      ++end;
    if (end - first < 3) end = first + 1;
    ranges.push_back(end - first == 1 ? *first : fmt::format("{}-{}", *first, *(end - 1)));
    first = end;
  }
  return fmt::format("{}", fmt::join(ranges, ", "));
}

class Follower {
 public:
  Follower(const run::Submission& submission, run::ProcessRunner& processes, run::Pause& pause,
           run::Console& console)
      : submission_(submission), processes_(processes), pause_(pause), console_(console) {}

  Ending run() {
    while (true) {
      ask();
      auto ending = look();
      if (pause_.is_asked_to_stop()) return interrupted();
      if (ending) return *std::move(ending);
      if (steps_unanswered_ > steps_until_given_up) return out_of_reach();
      if (!pause_.wait(step)) return interrupted();
    }
  }

 private:
  struct Watched {
    std::string name;  ///< the job's number, or an element's place in its array
    JobWatch watch;
    std::optional<JobEnding> ending;
  };

  /// The controller is asked while everything else goes on: a slow one holds up no output.
  void ask() {
    if (!submission_.folder.is_local()) return ask_slurm();
    take(run::local_job_states(submission_.folder, submission_.job));
  }

  void ask_slurm() {
    if (accounts_) return hear_accounts();
    const bool is_ending = std::ranges::any_of(
        watched_, [](const Watched& one) { return !one.ending && one.watch.is_ending(); });
    if (!question_ && (steps_since_answer_++ >= steps_per_question - 1 || is_ending || is_first_)) {
      is_first_ = false;
      question_.emplace(submission_.job, submission_.folder, processes_);
    }
    if (!question_) return;
    const auto answer = question_->answer();
    if (!answer) return tell_of_silence("");
    question_.reset();
    steps_since_answer_ = 0;
    if (const auto* none = std::get_if<run::NoAnswer>(&*answer)) return tell_of_silence(none->why);
    if (std::exchange(steps_unanswered_, 0) >= steps_until_told) say("Slurm answers again");
    told_ = false;
    const auto& states = std::get<run::JobStates>(*answer);
    if (states.empty() && !has_asked_accounts_) {
      has_asked_accounts_ = true;
      accounts_.emplace(submission_.job, submission_.folder, processes_);
      return hear_accounts();
    }
    take(states.empty() ? last_states_ : states);
  }

  /// slurmctld has forgotten the job; a database may know how it ended.
  void hear_accounts() {
    auto states = accounts_->answer();
    if (!states && ++steps_without_accounts_ < steps_for_accounts) return;
    accounts_.reset();
    last_states_ = states ? *std::move(states) : run::JobStates{};
    take(last_states_);
  }

  void tell_of_silence(const std::string& why) {
    ++steps_unanswered_;
    if (steps_unanswered_ >= steps_until_told) {
      for (auto& one : watched_) one.watch.hear_nothing();
    }
    if (told_ || (why.empty() && steps_unanswered_ < steps_until_told)) return;
    told_ = true;
    say(why.empty() ? "Slurm has not answered for 3 s; waiting, the job is not affected"
                    : fmt::format("Slurm does not answer, trying on: {}", why));
  }

  void take(const run::JobStates& states) {
    for (auto& one : watched_) one.watch.hear_forgotten();
    for (const auto& state : states) {
      auto& one = watched(state.index.empty() ? state.job : state.index, state.job);
      if (!one.ending) one.watch.hear(state);
    }
    if (states.empty()) watch_what_started();
  }

  /// For when Slurm has forgotten everything: watches what the array's elements left in the run's
  /// folder.
  void watch_what_started() {
    if (is_array() && watch_elements()) watch_what_never_started();
    // The last element has the array's number: where nobody has it, some have never started.
    const auto has_it = [this](const Watched& one) { return one.watch.job() == submission_.job; };
    if (std::ranges::none_of(watched_, has_it))
      watched(submission_.job, submission_.job).watch.hear_forgotten();
  }

  bool is_array() const { return !submission_.array.empty(); }

  /// False where one does not say which it is, as with an earlier release.
  bool watch_elements() {
    bool are_named = true;
    std::error_code unreadable;
    for (const auto& entry :
         std::filesystem::directory_iterator(submission_.folder.attempts(), unreadable)) {
      const auto name = entry.path().filename().string();
      const auto job = name.substr(0, name.find('.'));
      const auto element = read_newest_attempt(submission_.folder.attempts(), job).record.element;
      auto& one = watched(element ? std::to_string(*element) : job, job);
      if (!one.ending) one.watch.hear_forgotten(job);
      are_named = are_named && element;
    }
    return are_named;
  }

  void watch_what_never_started() {
    std::set<std::string> names;
    for (const auto& one : watched_) names.insert(one.name);
    for (const auto element : run::elements_of_array(submission_.array)) {
      const auto name = std::to_string(element);
      if (!names.contains(name)) watched(name, submission_.job).watch.hear_never_started(name);
    }
  }

  Watched& watched(const std::string& name, const std::string& job) {
    const auto known = std::ranges::find(watched_, name, &Watched::name);
    if (known != watched_.end()) return *known;
    const auto label = is_array() ? fmt::format("[{}] ", name) : "";
    watched_.push_back(
        {name, JobWatch(submission_.folder, job, label, pause_, console_), std::nullopt});
    return watched_.back();
  }

  std::optional<Ending> look() {
    if (watched_.empty() && !is_array()) watched(submission_.job, submission_.job);
    bool is_over = !watched_.empty();
    for (auto& one : watched_) {
      if (!one.ending) one.ending = one.watch.look();
      is_over = is_over && one.ending;
    }
    if (!is_over) return std::nullopt;
    watched_.sort([](const Watched& one, const Watched& other) {
      return std::pair(one.name.size(), one.name) < std::pair(other.name.size(), other.name);
    });
    return finish();
  }

  Ending finish() const {
    const auto failed =
        std::ranges::find_if(watched_, [](const Watched& one) { return !one.ending->is_done; });
    const bool is_done = failed == watched_.end();
    const auto& shown = is_done ? watched_.front() : *failed;
    Ending ending{is_done ? run::ExitCode::done : run::ExitCode::run_failed, "",
                  shown.watch.state().state, shown.watch.record()};
    ending.sentence = fmt::format("{}: {}", is_done ? "done" : "failed",
                                  watched_.size() == 1 ? shown.ending->sentence : of_array());
    return ending;
  }

  /// "4 elements", or which of them failed and how the first of these did.
  std::string of_array() const {
    std::vector<std::string> failed;
    std::string how;
    for (const auto& one : watched_) {
      if (one.ending->is_done) continue;
      if (failed.empty()) how = one.ending->sentence;
      failed.push_back(one.name);
    }
    if (failed.empty()) return fmt::format("{} elements of the array", watched_.size());
    return fmt::format("{} of {} elements of the array, {}: {}", failed.size(), watched_.size(),
                       in_ranges(failed), how);
  }

  Ending out_of_reach() {
    for (auto& one : watched_) {
      if (!one.ending) one.watch.end_output();
    }
    return {run::ExitCode::try_again, "Slurm is out of reach; the job may still run", "", {}};
  }

  Ending interrupted() const {
    const auto& folder = submission_.folder;
    const auto cancel = folder.is_local()
                            ? run::shell_words({"chainer-submit", "cancel", folder.path()})
                            : "scancel " + submission_.job;
    console_.err(fmt::format("\nchainer-submit: the job goes on\nnext: {}   or   {}\n",
                             run::shell_words({"chainer-submit", "follow", folder.path()}),
                             cancel));
    Ending ending{run::ExitCode::interrupted, "interrupted; the job goes on", "", {}};
    if (watched_.empty()) return ending;
    ending.state = watched_.front().watch.state().state;
    ending.record = watched_.front().watch.record();
    return ending;
  }

  void say(const std::string& text) const {
    console_.err(fmt::format("chainer-submit: {}\n", text));
  }

  const run::Submission& submission_;
  run::ProcessRunner& processes_;
  run::Pause& pause_;
  run::Console& console_;
  std::list<Watched> watched_;
  std::optional<run::QueueQuestion> question_;
  std::optional<run::AccountingQuestion> accounts_;
  run::JobStates last_states_;  ///< what the accounts say of a job that Slurm has forgotten
  bool has_asked_accounts_{false};
  int steps_without_accounts_{0};
  bool is_first_{true};
  bool told_{false};
  int steps_since_answer_{0};
  int steps_unanswered_{0};
};

}  // namespace

Ending follow(const run::Submission& submission, run::ProcessRunner& processes, run::Pause& pause,
              run::Console& console) {
  return Follower(submission, processes, pause, console).run();
}

}  // namespace chainer::follow
