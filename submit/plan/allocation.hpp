// What a run asks Slurm for, checked against what its target has.
#pragma once

#include "submit/input/estimator.hpp"
#include "submit/input/site.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

Allocation allocate(const input::Estimator& estimator, const input::ComputeTarget& target,
                    const input::Site& site, toml::Report& report);

/// The rules about processes that need no site: the counts agree, and there is MPI for more than
/// one.
void check_processes(const input::Estimator& estimator, toml::Report& report);

/// The rules about [slurm] that need no site: what `extra` may hold, and GPUs with a type.
void check_slurm_options(const input::Estimator& estimator, toml::Report& report);

/// How many processes the estimator asks for, on all nodes together.
int ranks_of(const input::Estimator& estimator);

/// Whether sbatch takes `option` for --signal, which may be abbreviated.
bool is_signal_option(std::string_view option);

/// `FILE:LINE` of a limit, for messages about what the site forbids.
std::string where(const toml::Place& place);

}  // namespace chainer::plan
