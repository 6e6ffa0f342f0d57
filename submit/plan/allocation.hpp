// What a run asks Slurm for, checked against what its target has.
#pragma once

#include "submit/input/estimator.hpp"
#include "submit/input/site.hpp"
#include "submit/plan/plan.hpp"

namespace chainer {

Allocation allocate(const Estimator& estimator, const ComputeTarget& target,
                    const SiteLimits& limits, Report& report);

/// The rules about processes that need no site: agreement of the counts, and MPI for more than one.
void check_processes(const Estimator& estimator, Report& report);

/// The rules about [slurm] that need no site: what `extra` may hold, and GPUs of a kind.
void check_slurm_options(const Estimator& estimator, Report& report);

/// How many processes the estimator asks for, on all nodes together.
int ranks_of(const Estimator& estimator);

/// `FILE:LINE` of a limit, for messages about what the site forbids.
std::string where(const Place& place);

}  // namespace chainer
