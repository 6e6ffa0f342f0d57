// Which keys a run's packages come from.
#pragma once

#include "submit/input/estimator.hpp"

namespace chainer::plan {

/// Whether the image's own Python runs the script, and nothing is installed.
bool is_user_managed(const input::Estimator& estimator);

/// Reports package lists and files beside user_managed.
void check_package_keys(const input::Estimator& estimator, toml::Report& report);

}  // namespace chainer::plan
