// The conda packages of a run, as the environment file that the nodes read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/conda/conda_file.hpp"
#include "submit/input/estimator.hpp"
#include "submit/input/recipe.hpp"
#include "submit/input/requirement_lines.hpp"

namespace chainer::plan {

/// A person's own conda environment file, unchanged.
struct WrittenCondaFile {
  CondaFile file;
  std::string text;
  toml::Place place;  ///< of the key that names it
};

/// Reads the file's text; reports what is wrong with it, its pip part included, at its lines.
WrittenCondaFile read_written_conda_file(const std::string& text, const std::string& path,
                                         const toml::Place& place, toml::Report& report);

/// The file that is meant; the deprecated key counts where only that is given.
const input::Given<std::string>& conda_file_of(const input::Estimator& estimator);

/// Reports conda_packages that are not packages, and a conda file beside lists of packages: the
/// file is complete by itself.
void check_conda_keys(const input::Estimator& estimator, toml::Report& report);

/// Whether a run's Python and packages are conda's.
bool uses_conda(const input::Estimator& estimator);

/// The text of environment.yml. A person's own file is taken as it is, without the framework's
/// packages. From lists, it holds conda_packages, a Python that the recipe runs on unless they name
/// one, and as its pip part what requirements.txt would hold, without what conda brings. A version
/// in conda_packages replaces the recipe's, with a warning; a bare name gets the recipe's version.
std::string conda_text(const input::Estimator& estimator, const input::Recipe& recipe,
                       const std::optional<WrittenCondaFile>& written,
                       const std::vector<input::RequirementLine>& file_lines, toml::Report& report);

}  // namespace chainer::plan
