// Where a run goes: the target of the site's that compute_target or vm_size names.
#pragma once

#include <optional>

#include "submit/input/estimator.hpp"
#include "submit/input/site.hpp"

namespace chainer::plan {

/// The rules of compute_target, vm_size and vm_priority that need no site.
void check_target_keys(const input::Estimator& estimator, toml::Report& report);

/// The target with what vm_priority changes of it. Nothing when it is reported why not.
std::optional<input::ComputeTarget> choose_target(const input::Estimator& estimator,
                                                  const input::Site& site, toml::Report& report);

/// Whether vm_priority says that other jobs may take the run's place.
bool has_low_priority(const input::Estimator& estimator);

}  // namespace chainer::plan
