// How sbatch's answer is read.
#pragma once

#include <string>
#include <variant>

#include "submit/run/process.hpp"

namespace chainer::run {

/// The job is in the queue.
struct Accepted {
  std::string job;
  std::string said;  ///< warnings, empty when there were none
};

/// sbatch says why there is no job.
struct Refused {
  std::string why;
};

/// The answer does not tell whether there is a job: the controller was slow, a wrapper wrote other
/// things, a signal came. The queue has to be asked.
struct Unclear {
  std::string why;
  std::string job;  ///< what may be its number, or empty
};

using SbatchAnswer = std::variant<Accepted, Refused, Unclear>;

/// Reads what `sbatch --parsable` gave: `JOB` or `JOB;CLUSTER` alone on standard output. A wrapper
/// of the site's may have written a banner around it.
SbatchAnswer read_sbatch(const Finished& finished);

}  // namespace chainer::run
