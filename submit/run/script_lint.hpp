// The lint of a run's Python scripts: ruff's errors, and Chainer's own traps.
#pragma once

#include <string>

#include "submit/plan/inspection.hpp"
#include "submit/run/process.hpp"

namespace chainer::run {

/// Where ruff is: in the tools folder beside this program, or on the PATH.
std::string find_ruff();

/// Adds what the lint finds to an inspection without errors, if its estimator asks for it. All of
/// it is warnings.
void lint_scripts(plan::Inspection& inspection, const std::string& ruff, ProcessRunner& processes);

}  // namespace chainer::run
