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
  std::vector<std::string> gpu_pip{};  ///< beside `pip` for runs with use_gpu
  std::vector<std::string> build_constraints{};
  std::vector<std::string> startup{};     ///< lines that each Python of the environment runs first
  std::vector<Requirement> works_with{};  ///< the newest of other packages, such as `numpy<1.24`
  std::string python{};  ///< which Python of conda's it runs on, as in ">=3.8,<3.12"; empty: any
};

/// The versions that `folder` holds a recipe for, sorted.
std::vector<std::string> recipe_versions(const std::string& folder);

/// The recipes of `folder`, by version. One that does not read holds its version alone: the run that
/// asks for it is told why.
std::vector<Recipe> all_recipes(const std::string& folder);

/// Reads `folder`/`version`.toml. Gives nothing when it reported an error; an unknown version is
/// reported at `asked` with the list of those that there are.
std::optional<Recipe> read_recipe(const std::string& folder,
                                  const toml::Located<std::string>& asked, toml::Report& report);

}  // namespace chainer::input
