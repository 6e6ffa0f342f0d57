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

/// A conda environment file of the person's, as it stands.
struct WrittenCondaFile {
  CondaFile file;
  std::string text;
  toml::Place place;  ///< of the key that names it
};

/// Reads its text; what is wrong with it, its pip part included, is reported at its lines.
WrittenCondaFile read_written_conda_file(const std::string& text, const std::string& path,
                                         const toml::Place& place, toml::Report& report);

/// The file that is meant, the deprecated name's where only that is given.
const input::Given<std::string>& conda_file_of(const input::Estimator& estimator);

/// Reports conda_packages that are none, and a conda file beside lists of packages: it is whole.
void check_conda_keys(const input::Estimator& estimator, toml::Report& report);

/// Whether a run's Python and packages are conda's.
bool uses_conda(const input::Estimator& estimator);

/// The text of environment.yml. A file of the person's as it stands, without the framework's
/// packages. Of lists: conda_packages, a Python that the recipe runs on unless they name one, and
/// as pip's part what requirements.txt would hold, less what conda brings. A version in
/// conda_packages replaces the recipe's, with a warning; a bare name gets the recipe's.
std::string conda_text(const input::Estimator& estimator, const input::Recipe& recipe,
                       const std::optional<WrittenCondaFile>& written,
                       const std::vector<input::RequirementLine>& file_lines, toml::Report& report);

}  // namespace chainer::plan
