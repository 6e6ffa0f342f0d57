// How all options of a job or step travel together. Slurm carries one value for each option, so
// that a repeated option loses all but the last; and it drops every variable when srun or sbatch is
// told what to export. Only variables named SLURM_… always arrive.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"

namespace chainer {

/// The name given to spank_job_control_setenv: Slurm puts SLURM_SPANK_ in front of it.
inline constexpr char carried_name[] = "CHAINER_OPTIONS";
inline constexpr char carried_variable[] = "SLURM_SPANK_CHAINER_OPTIONS";

/// The options as the value of that variable: a line for each, `NAME=VALUE`, with `variable ` in
/// front of what a variable said, one line for each mount, and `digest=sha256:…` for a resolved
/// tag. An error when that is more than one variable can hold.
Result<std::string> carried_text(const RawOptions& options);

/// Reads a carried text. What does not come from a variable counts as the job's. Anybody may have
/// written the text: an option that is unknown here, or a text that is too long, is an error.
Result<RawOptions> read_carried_text(std::string_view text);

}  // namespace chainer
