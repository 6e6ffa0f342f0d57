// Which keys a run's packages come from.
#pragma once

#include "submit/input/estimator.hpp"

namespace chainer {

/// Whether the image's own Python runs the script, and nothing is installed.
bool is_user_managed(const Estimator& estimator);

/// Reports package lists and files beside user_managed.
void check_package_keys(const Estimator& estimator, Report& report);

}  // namespace chainer
