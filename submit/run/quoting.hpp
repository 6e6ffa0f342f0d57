// Values in a job script: once quoted for bash, or in Slurm's own way for #SBATCH lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainer::run {

/// A bash word that expands to exactly `bytes` (any but NUL): 'single quoted', or $'…' when it
/// holds a control character. So a value never adds a line to a script, nor a carriage return
/// (sbatch refuses a script that holds \r\n).
std::string bash_word(std::string_view bytes);

/// A command line that a person can paste into a shell: words are quoted where they must be.
std::string shell_words(const std::vector<std::string>& words);

/// A word of an #SBATCH line that sbatch reads back as `text`: bare where that is safe, else inside
/// double quotes with `\` before `"` and `\` (get_argument in sbatch's opt.c, 22.05). Line ends
/// cannot be written there; no caller has any.
std::string sbatch_word(std::string_view text);

/// A path in --output, where Slurm expands % (and a backslash anywhere would switch that off).
std::string sbatch_path(std::string_view path);

}  // namespace chainer::run
