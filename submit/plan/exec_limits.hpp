// How much the kernel lets a program be given.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// Reports, at its key, what execve would refuse on the node: a variable or an argument of more
/// than 128 KiB, or too much of them together.
void check_exec_limits(const input::Estimator& estimator,
                       const std::vector<std::pair<std::string, std::string>>& environment,
                       const std::vector<ArgumentGroup>& arguments, toml::Report& report);

}  // namespace chainer::plan
