// One look at a run: what it is doing, or how it ended.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "submit/follow/run_record.hpp"
#include "submit/run/console.hpp"
#include "submit/run/services.hpp"
#include "submit/run/submission.hpp"

namespace chainer::follow {

enum class Phase { queued, starting, preparing, running, finishing, done, cancelled, failed };

/// "queued", "running", …: one word for each, which scripts may rely on.
std::string_view name_of(Phase phase);

struct RunStatus {
  Phase phase{Phase::queued};
  std::string sentence;  ///< why it waits, on which nodes it runs, how it ended
  std::string state;     ///< Slurm's word; empty when it has forgotten the job
  RunRecord record;      ///< for an array: the record of the element that `phase` is about
};

/// Asks Slurm and reads the run's folder. An Error means that Slurm does not answer. For the last words
/// of a run that has ended there are 40 pauses of at most `longest_pause`.
Result<RunStatus> look_at(const run::Submission& submission, const run::Services& services,
                          std::chrono::milliseconds longest_pause = std::chrono::milliseconds(500));

}  // namespace chainer::follow
