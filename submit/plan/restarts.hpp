// When a job is warned of its end, and when it is queued again.
#pragma once

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// The rules between requeue, max_restarts, notify_before_seconds and the time limit.
void check_restarts(const input::Estimator& estimator, toml::Report& report);

/// Puts them into what Slurm is asked for.
void decide_restarts(const input::Estimator& estimator, Allocation& asked);

}  // namespace chainer::plan
