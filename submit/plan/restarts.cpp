#include "submit/plan/restarts.hpp"

#include <fmt/format.h>

#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/plan/allocation.hpp"
#include "submit/plan/target_choice.hpp"

namespace chainer::plan {
namespace {

/// The most that sbatch takes in --signal (its field has 16 bits).
constexpr std::int64_t longest_notice = 65535;

bool is_queued_again(const input::Estimator& estimator) {
  const auto& run = estimator.run;
  if (run && run->value.requeue) return run->value.requeue->value;
  return has_low_priority(estimator) ||
         input::default_of(input::run_keys(), &input::RunDescription::requeue);
}

void check_notice(const toml::Located<toml::Seconds>& notice,
                  const input::Given<toml::Seconds>& duration, toml::Report& report) {
  if (notice.value.get() > longest_notice) {
    return report.error(notice.place,
                        fmt::format("run.notify_before_seconds is {}, and Slurm takes at most {}",
                                    notice.value.get(), longest_notice));
  }
  if (!duration || notice.value.get() < duration->value.get()) return;
  report.error(
      notice.place,
      fmt::format("run.notify_before_seconds is {}, and max_run_duration_seconds ({}) is {}",
                  notice.value.get(), input::mention(duration->place, notice.place),
                  duration->value.get()),
      "the notice comes before the end of the run: give a shorter one, or the run more time");
}

/// sbatch keeps the last --signal that it gets.
void check_signal_of_extra(const input::Estimator& estimator,
                           const toml::Located<toml::Seconds>& notice, toml::Report& report) {
  if (!estimator.slurm || !estimator.slurm->value.extra) return;
  for (const auto& option : estimator.slurm->value.extra->value) {
    if (!is_signal_option(option.value)) continue;
    report.error(option.place,
                 fmt::format("{} in slurm.extra stands beside run.notify_before_seconds ({})",
                             option.value, input::mention(notice.place, option.place)),
                 "keep one of the two: Slurm sends one signal before the end");
  }
}

}  // namespace

void check_restarts(const input::Estimator& estimator, toml::Report& report) {
  if (!estimator.run) return;
  const auto& run = estimator.run->value;
  const auto& duration = estimator.max_run_duration_seconds;
  if (run.notify_before_seconds) {
    check_notice(*run.notify_before_seconds, duration, report);
    check_signal_of_extra(estimator, *run.notify_before_seconds, report);
  }

  const bool is_unread = !estimator.misses("run.requeue") && !run.requeue;
  const bool is_again = is_queued_again(estimator);
  if (run.max_restarts && !is_again && !is_unread) {
    report.error(run.max_restarts->place,
                 "run.max_restarts is given, and the job is never queued again",
                 "add requeue = true to [run], or remove max_restarts");
  }
  if (run.requeue && is_again && duration && estimator.misses("run.notify_before_seconds")) {
    report.warning(run.requeue->place,
                   fmt::format("run.requeue does not count at the end of max_run_duration_seconds "
                               "({})",
                               input::mention(duration->place, run.requeue->place)),
                   "add notify_before_seconds to [run]: the run is told in time, saves its work, "
                   "and is queued again");
  }
}

void decide_restarts(const input::Estimator& estimator, Allocation& asked) {
  asked.requeue = is_queued_again(estimator);
  if (!estimator.run) return;
  const auto& run = estimator.run->value;
  if (run.max_restarts) asked.max_restarts = run.max_restarts->value.get();
  if (run.notify_before_seconds) asked.notify_before = run.notify_before_seconds->value.get();
}

}  // namespace chainer::plan
