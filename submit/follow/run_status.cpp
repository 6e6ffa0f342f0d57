#include "submit/follow/run_status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "submit/follow/follower.hpp"
#include "submit/run/local_job.hpp"
#include "submit/run/queue.hpp"

namespace chainer::follow {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_slurm = 10s;
constexpr auto look = 50ms;

/// A look does not show the run's output.
class Silence : public run::Console {
 public:
  void out(std::string_view) override {}
  void err(std::string_view) override {}
  bool is_shown() const override { return false; }
};

/// The follower's pauses, as long as a look may be. They end when no last words come: the run may have
/// been queued again.
class BoundedPause : public run::Pause {
 public:
  BoundedPause(run::Pause& real, std::chrono::milliseconds longest)
      : real_(real), longest_(longest) {}
  bool wait(std::chrono::milliseconds time) override {
    constexpr int most = 40;
    return ++waits_ <= most && real_.wait(std::min(time, longest_));
  }
  bool is_asked_to_stop() const override { return real_.is_asked_to_stop(); }

 private:
  run::Pause& real_;
  std::chrono::milliseconds longest_;
  int waits_{0};
};

run::QueueAnswer ask(const run::Submission& submission, const run::Services& services) {
  run::QueueQuestion question(submission.job, submission.folder, services.processes);
  for (auto waited = 0ms; waited < patience_with_slurm; waited += look) {
    if (auto answer = question.answer()) return *std::move(answer);
    if (!services.pause.wait(look)) break;
  }
  return run::NoAnswer{"squeue does not answer"};
}

Phase phase_of_record(const RunRecord& record) {
  if (!record.start) return Phase::starting;
  if (record.end) return Phase::finishing;
  return record.run ? Phase::running : Phase::preparing;
}

bool waits(const run::JobState& state) {
  return state.state == "PENDING" || state.state.starts_with("REQUEUE") ||
         state.state == "SPECIAL_EXIT";
}

RunStatus going_on(const run::JobState& state, const run::RunFolder& folder) {
  if (waits(state)) {
    const auto words = run::explain_reason(state.reason);
    return {Phase::queued, std::string(words.empty() ? "waiting" : words), state.state, {}};
  }
  auto record = read_newest_attempt(folder.attempts(), state.job).record;
  const auto phase = state.state == "COMPLETING" ? Phase::finishing : phase_of_record(record);
  return {phase, fmt::format("on {}", state.nodes), state.state, std::move(record)};
}

/// An element of an array that has not ended, if possible one that does not wait.
const run::JobState* that_goes_on(const run::JobStates& states) {
  const run::JobState* found = nullptr;
  for (const auto& state : states) {
    if (run::is_final(state.state)) continue;
    if (!found || (waits(*found) && !waits(state))) found = &state;
  }
  return found;
}

RunStatus ended(const Ending& ending) {
  const auto phase = ending.code == run::ExitCode::done         ? Phase::done
                     : ending.state == "CANCELLED"              ? Phase::cancelled
                     : ending.code == run::ExitCode::run_failed ? Phase::failed
                                                                : Phase::finishing;
  return {phase, ending.sentence, ending.state, ending.record};
}

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::queued: return "queued";
    case Phase::starting: return "starting";
    case Phase::preparing: return "preparing";
    case Phase::running: return "running";
    case Phase::finishing: return "finishing";
    case Phase::done: return "done";
    case Phase::cancelled: return "cancelled";
    case Phase::failed: return "failed";
  }
  return "";
}

Result<RunStatus> look_at(const run::Submission& submission, const run::Services& services,
                          std::chrono::milliseconds longest_pause) {
  const auto answer = submission.folder.is_local()
                          ? run::QueueAnswer(local_job_states(submission.folder, submission.job))
                          : ask(submission, services);
  if (const auto* none = std::get_if<run::NoAnswer>(&answer)) {
    return Error{fmt::format("Slurm does not answer: {}", none->why),
                 "try again; the job is not affected", 0, Fault::try_again};
  }
  if (const auto* state = that_goes_on(std::get<run::JobStates>(answer))) {
    return going_on(*state, submission.folder);
  }
  Silence silence;
  BoundedPause pause(services.pause, longest_pause);
  return ended(follow(submission, services.processes, pause, silence));
}

}  // namespace chainer::follow
