// Where a run goes: the site's target that compute_target or vm_size names.
#pragma once

#include <optional>

#include "submit/input/estimator.hpp"
#include "submit/input/site.hpp"

namespace chainer::plan {

/// The rules of compute_target, vm_size and vm_priority that need no site.
void check_target_keys(const input::Estimator& estimator, toml::Report& report);

/// The target, with the changes of vm_priority. Nothing when the reason has been reported.
std::optional<input::ComputeTarget> choose_target(const input::Estimator& estimator,
                                                  const input::Site& site, toml::Report& report);

/// Whether vm_priority lets other jobs take the run's place.
bool has_low_priority(const input::Estimator& estimator);

}  // namespace chainer::plan
