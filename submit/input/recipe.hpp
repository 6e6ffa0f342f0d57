// A curated recipe: the packages that belong to one version of the framework.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/requirement.hpp"
#include "submit/input/key.hpp"

namespace chainer::input {

struct Recipe {
  std::string version;
  std::vector<std::string> pip{};
  std::vector<std::string> gpu_pip{};  ///< added to `pip` for runs with use_gpu
  std::vector<std::string> build_constraints{};
  std::vector<std::string> startup{};     ///< lines that each Python of the environment runs first
  std::vector<Requirement> works_with{};  ///< the newest of other packages, such as `numpy<1.24`
  std::string python{};  ///< which of conda's Pythons it runs on, as in ">=3.8,<3.12"; empty: any
};

/// The versions for which `folder` holds a recipe, sorted.
std::vector<std::string> recipe_versions(const std::string& folder);

/// The recipes of `folder`, by version. One that cannot be read has only its version: a run that
/// asks for it is told why.
std::vector<Recipe> all_recipes(const std::string& folder);

/// Reads `folder`/`version`.toml. Gives nothing when it has reported an error; an unknown version
/// is reported at `asked` with a list of the known ones.
std::optional<Recipe> read_recipe(const std::string& folder,
                                  const toml::Located<std::string>& asked, toml::Report& report);

}  // namespace chainer::input
