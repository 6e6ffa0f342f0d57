// Makes a Plan from what was written, the site, and what was found on the login node. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/input/recipe.hpp"
#include "submit/input/requirement_lines.hpp"
#include "submit/input/site.hpp"
#include "submit/plan/checkpoint.hpp"
#include "submit/plan/conda_list.hpp"
#include "submit/plan/input_data.hpp"
#include "submit/plan/plan.hpp"
#include "submit/plan/registry_login.hpp"

namespace chainer::plan {

/// The lock of a curated environment.
struct CuratedLock {
  std::string name;  ///< of the file beside the recipe
  std::string text;  ///< empty: there is none
};

/// What was found on the login node for this estimator.
struct Facts {
  std::string folder;          ///< absolute: where relative paths of the estimator start
  std::string working_folder;  ///< absolute: where relative paths of --set start
  SourceTree source;
  std::vector<input::RequirementLine> requirements;  ///< of pip_requirements_file
  std::optional<input::Recipe> recipe;
  std::optional<WrittenCondaFile> conda;  ///< of conda_dependencies_file
  std::vector<FoundInput> inputs;         ///< one for each of the estimator's
  Checkpoint checkpoint{};                ///< resume_from's
  CuratedLock curated{};                  ///< enable_optimized_mode's
  CredentialsFile credentials{};          ///< image_registry_details'
};

/// Where a relative path that was written at `place` starts.
const std::string& start_of_paths(const Facts& facts, const toml::Place& place);

/// Applies every rule between parameters. Gives nothing when it has reported an error.
std::optional<Plan> resolve(const input::Estimator& estimator, const input::Site& site,
                            const Facts& facts, toml::Report& report);

/// Applies the rules that need no site, for a site file that cannot be used.
void check_without_site(const input::Estimator& estimator, const Facts& facts,
                        toml::Report& report);

/// The requirements file that is meant; the deprecated key counts where only that is given.
const input::Given<std::string>& requirements_file_of(const input::Estimator& estimator);

/// The version that is meant: the estimator's, else the site's default, which has the whole file as
/// its place.
toml::Located<std::string> framework_version_of(const input::Estimator& estimator,
                                                const input::Site& site);

}  // namespace chainer::plan
