// The lint of a run's Python scripts: ruff's errors, and Chainer's own traps. Whether Python can read
// the entry script at all is looked at without being asked.
#pragma once

#include <string>

#include "submit/plan/inspection.hpp"
#include "submit/run/process.hpp"

namespace chainer::run {

/// Where ruff is: in the tools folder beside this program, or on the PATH.
std::string find_ruff();

/// Adds what the lint finds to an inspection without errors: all of it where the estimator asks for
/// it, else a syntax error of the entry script, unless the estimator wants to hear of nothing. All
/// are warnings: a newer Python may read what this ruff cannot.
void lint_scripts(plan::Inspection& inspection, const std::string& ruff, ProcessRunner& processes);

}  // namespace chainer::run
