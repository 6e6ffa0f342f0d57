// How sbatch's answer is read.
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <variant>

#include "submit/run/process.hpp"

namespace chainer::run {

/// The job is in the queue.
struct Accepted {
  std::string job;
  std::string said;  ///< warnings, empty when there were none
};

/// There is no job, and sbatch says why.
struct Refused {
  std::string why;
};

/// The answer does not tell whether there is a job: the controller was slow, a wrapper wrote
/// something else, a signal came. The queue has to be asked.
struct Unclear {
  std::string why;
  std::string job;  ///< what may be its number, or empty
};

using SbatchAnswer = std::variant<Accepted, Refused, Unclear>;

/// Reads what `sbatch --parsable` gave: `JOB` or `JOB;CLUSTER` alone on standard output. A wrapper
/// of the site's may have written a banner around it.
SbatchAnswer read_sbatch(const Finished& finished);

/// Whether what one of Slurm's commands says on standard error means only that no answer came.
bool is_lost_answer(std::string_view errors);

/// "2026-11-25T20:40:00 on n[1-2]": when and where `sbatch --test-only` says that a job would
/// start; empty when it does not.
std::string start_in_test(std::string_view said);

/// Whether that is no more than Slurm's guess: it takes a job without a time limit to end after a
/// year. `now` in seconds since 1970.
bool is_far_off(std::string_view start, std::time_t now);

}  // namespace chainer::run
