// The conda packages of a run, as the environment file that the nodes read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/conda/conda_file.hpp"
#include "submit/input/estimator.hpp"
#include "submit/input/recipe.hpp"
#include "submit/input/requirement_lines.hpp"

namespace chainer {

/// A conda environment file of the person's, as it stands.
struct WrittenCondaFile {
  CondaFile file;
  std::string text;
  Place place;  ///< of the key that names it
};

/// Reads its text; what is wrong with it, its pip part included, is reported at its lines.
WrittenCondaFile read_written_conda_file(const std::string& text, const std::string& path,
                                         const Place& place, Report& report);

/// The file that is meant, the deprecated name's where only that is given.
const Given<std::string>& conda_file_of(const Estimator& estimator);

/// Reports conda_packages that are none, and a conda file beside lists of packages: it is whole.
void check_conda_keys(const Estimator& estimator, Report& report);

/// Whether a run's Python and packages are conda's.
bool uses_conda(const Estimator& estimator);

/// The text of environment.yml. A file of the person's as it stands, without the framework's
/// packages. Of lists: conda_packages, a Python that the recipe runs on unless they name one, and
/// as pip's part what requirements.txt would hold, less what conda brings. A version in
/// conda_packages replaces the recipe's, with a warning; a bare name gets the recipe's.
std::string conda_text(const Estimator& estimator, const Recipe& recipe,
                       const std::optional<WrittenCondaFile>& written,
                       const std::vector<RequirementLine>& file_lines, Report& report);

}  // namespace chainer
