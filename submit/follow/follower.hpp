// Watches a run from the queue to its end.
#pragma once

#include <string>

#include "submit/follow/run_record.hpp"
#include "submit/run/console.hpp"
#include "submit/run/exit_code.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/services.hpp"
#include "submit/run/submission.hpp"

namespace chainer {

/// How a run ended.
struct Ending {
  ExitCode code{ExitCode::run_failed};
  std::string sentence;  ///< "done: …" or "failed: …"
  std::string state;     ///< Slurm's last word, empty when it had forgotten the job
  RunRecord record;
};

/// Shows queue state, preparation and the job's output. Returns when the run has ended, when Slurm
/// is out of reach (try_again), or when the person pressed Ctrl-C (interrupted), which leaves the
/// job as it is. The run's own output goes to standard output, everything else to standard error.
Ending follow(const Submission& submission, ProcessRunner& processes, Pause& pause,
              Console& console);

}  // namespace chainer
