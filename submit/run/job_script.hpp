// The job script: #SBATCH lines, the run's data as bash variables, then the template.
#pragma once

#include <string>
#include <string_view>

#include "submit/plan/plan.hpp"

namespace chainer::run {

/// The template: templates/job.bash as it was when this was built.
extern const std::string_view job_template;

/// The same for a run on this machine: templates/local.bash.
extern const std::string_view local_template;

/// The functions that both read from the run's folder: templates/run.bash.
extern const std::string_view run_functions;

/// What starts the ranks of such a run, beside its script: templates/ranks.sh.
extern const std::string_view ranks_program;

/// What each rank runs, beside the script in the run's folder: templates/rank.py.
extern const std::string_view rank_program;

/// What puts downloaded inputs onto a node, also beside the script: templates/stage.py.
extern const std::string_view stage_program;

/// The part of the retired service's package that scripts call: templates/compat.
extern const std::string_view compat_package, compat_core, compat_run;

/// What follows the data in the run's script.
std::string_view template_of(const plan::Plan& plan);
/// The run's data as bash variables, which come before the template.
std::string script_variables(const plan::Plan& plan, const std::string& run_folder);

/// The script for sbatch. `run_folder` is absolute. The same input gives the same bytes.
std::string job_script(const plan::Plan& plan, const std::string& run_folder);

}  // namespace chainer::run
