// The job script: #SBATCH lines, the run's data as bash variables, then the template.
#pragma once

#include <string>
#include <string_view>

#include "submit/plan/plan.hpp"

namespace chainer::run {

/// The template, as templates/job.bash had it when this was built.
extern const std::string_view job_template;

/// The same for a run on this machine: templates/local.bash.
extern const std::string_view local_template;

/// The functions that both read from the run's folder: templates/run.bash.
extern const std::string_view run_functions;

/// What starts the ranks of such a run, beside its script: templates/ranks.sh.
extern const std::string_view ranks_program;

/// What each rank runs, beside the script in the run's folder: templates/rank.py.
extern const std::string_view rank_program;

/// What puts downloaded inputs onto a node, likewise: templates/stage.py.
extern const std::string_view stage_program;

/// The part of the retired service's package that scripts call: templates/compat.
extern const std::string_view compat_package, compat_core, compat_run;

/// What stands below the data in the run's script.
std::string_view template_of(const plan::Plan& plan);
/// The run's data as bash variables, which stand above the template.
std::string script_variables(const plan::Plan& plan, const std::string& run_folder);

/// What sbatch is given. `run_folder` is absolute. Same input, same bytes out.
std::string job_script(const plan::Plan& plan, const std::string& run_folder);

}  // namespace chainer::run
