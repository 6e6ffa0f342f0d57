// The rules of a run on this machine, without Slurm.
#pragma once

#include "submit/input/estimator.hpp"
#include "submit/input/site.hpp"

namespace chainer::plan {

/// Whether runs of this target are started here, without Slurm.
bool is_local(const input::ComputeTarget& target);

/// Reports what one machine without Slurm cannot do, and keys that mean nothing to it.
void check_local_run(const input::Estimator& estimator, toml::Report& report);

}  // namespace chainer::plan
