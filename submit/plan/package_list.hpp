// The packages of a run: the framework's own and the user's, whose versions win.
#pragma once

#include <string>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/input/recipe.hpp"
#include "submit/input/requirement_lines.hpp"

namespace chainer::plan {

/// The text of requirements.txt: what is not replaced of the recipe, pip_packages, then the lines
/// of pip_requirements_file. The user's version replaces the recipe's, with a warning; a bare name
/// keeps it. Reports a run with GPUs for which nothing brings CuPy.
std::string requirements_text(const input::Estimator& estimator, const input::Recipe& recipe,
                              const std::vector<input::RequirementLine>& file_lines,
                              toml::Report& report);

/// Reports what in pip_packages is not a requirement, for an estimator whose recipe is not known.
void check_packages(const input::Estimator& estimator, toml::Report& report);

/// The text of the build constraints, one per line; empty without any.
std::string build_constraints_text(const input::Recipe& recipe);

/// The text of what Python runs at its start; empty where there is nothing. It belongs to the
/// framework's packages, which a conda environment file replaces.
std::string startup_text(const input::Estimator& estimator, const input::Recipe& recipe);

}  // namespace chainer::plan
