// How the options of a job or step travel as a whole. Slurm carries one value for each option, so
// that a repeated option loses all but the last, and drops every variable when srun or sbatch
// is told what to export. Only variables named SLURM_… always arrive.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"

namespace chainer {

/// What spank_job_control_setenv is given: Slurm puts SLURM_SPANK_ in front.
inline constexpr char carried_name[] = "CHAINER_OPTIONS";
inline constexpr char carried_variable[] = "SLURM_SPANK_CHAINER_OPTIONS";

/// The options as the value of that variable: a line for each, `NAME=VALUE`, with `variable ` in
/// front of what a variable said, one line for each mount, and `digest=sha256:…` for a resolved
/// tag. An error when that is more than one variable can hold.
Result<std::string> carried_text(const RawOptions& options);

/// What a carried text says. What was not a variable's counts as the job's. Anybody may have
/// written it: an option that is unknown here, or a text that is too long, is an error.
Result<RawOptions> read_carried_text(std::string_view text);

}  // namespace chainer
