// Watches a run from the queue to its end.
#pragma once

#include <string>

#include "submit/follow/run_record.hpp"
#include "submit/run/console.hpp"
#include "submit/run/exit_code.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/services.hpp"
#include "submit/run/submission.hpp"

namespace chainer::follow {

/// How a run ended.
struct Ending {
  run::ExitCode code{run::ExitCode::run_failed};
  std::string sentence;  ///< "done: …" or "failed: …"
  std::string state;     ///< Slurm's last word; empty when it had forgotten the job
  RunRecord record;
};

/// Shows queue state, preparation and the job's output. Returns when the run has ended, when Slurm
/// is out of reach (try_again), or when the person pressed Ctrl-C (interrupted), which leaves the
/// job as it is. The run's own output goes to standard output, everything else to standard error.
Ending follow(const run::Submission& submission, run::ProcessRunner& processes, run::Pause& pause,
              run::Console& console);

}  // namespace chainer::follow
