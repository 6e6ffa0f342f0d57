// The program that a step starts, looked for as Slurm looks for it once our hooks are done.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer {

/// Where Slurm finds the program `name`: a path is taken as it is, a name is looked up in the
/// folders of `path_variable`. Empty where there is no such program.
std::string place_of_program(const std::string& name, const std::string& path_variable);

/// Called in the container, as the user: names the cause where Slurm would only say "Permission
/// denied", or "No such file" of a program that is there. A missing program is left to Slurm, which
/// names it. `words` are a command line as SPANK has it; with --multi-prog they are no command, and
/// nothing is checked.
Result<void> check_program(const std::vector<std::string>& words, const std::string& path_variable);

/// Whether the words are those of srun --multi-prog, which sends its file's text as the second one:
/// lines like "0-3 program …".
bool names_several_programs(const std::vector<std::string>& words);

}  // namespace chainer
