// The script of a run on this machine: the run's data as bash variables, then the template.
#pragma once

#include <string>

#include "submit/plan/plan.hpp"

namespace chainer::run {

/// The script for bash. `run_folder` is absolute. The same input gives the same bytes.
std::string local_script(const plan::Plan& plan, const std::string& run_folder);

/// The script that the run has: this one, or the one for sbatch.
std::string script_of(const plan::Plan& plan, const std::string& run_folder);

}  // namespace chainer::run
