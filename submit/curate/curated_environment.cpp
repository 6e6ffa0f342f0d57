#include "submit/curate/curated_environment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/environment_files.hpp"
#include "core/text_file.hpp"
#include "submit/plan/package_list.hpp"

namespace chainer::curate {
namespace {

constexpr unsigned readable_by_all = 0644;

std::string list_in(const std::string& folder, const CuratedEnvironment& environment) {
  return folder + "/" + environment.name() + ".txt";
}

/// As `chainer-submit render` writes it for a run that adds nothing.
std::string requirements_of(const CuratedEnvironment& environment) {
  input::Estimator estimator;
  if (environment.has_gpus) estimator.use_gpu = toml::Located<bool>{true, {}};
  toml::Report findings;  // what a run's own packages would cause: there are none
  return plan::requirements_text(estimator, environment.recipe, {}, findings);
}

Result<std::vector<input::Recipe>> asked_recipes(const input::Site& site,
                                                 const std::vector<std::string>& versions) {
  auto recipes = input::all_recipes(site.recipes);
  if (recipes.empty()) {
    return Error{"the site has no recipes", "name their folder in the site file: recipes = \"…\"",
                 0, Fault::user};
  }
  if (versions.empty()) return recipes;
  std::vector<input::Recipe> asked;
  for (const auto& version : versions) {
    const auto found = std::ranges::find(recipes, version, &input::Recipe::version);
    if (found == recipes.end()) {
      return Error{
          fmt::format("the site has no recipe {}", version),
          fmt::format("its recipes are {}", fmt::join(input::recipe_versions(site.recipes), ", ")),
          0, Fault::user};
    }
    asked.push_back(*found);
  }
  return asked;
}

}  // namespace

std::string CuratedEnvironment::name() const { return recipe.version + (has_gpus ? ".gpu" : ""); }

Result<std::vector<CuratedEnvironment>> environments_of(const input::Site& site,
                                                        const std::vector<std::string>& versions) {
  TRY_ASSIGN(const auto recipes, asked_recipes(site, versions));
  std::vector<CuratedEnvironment> environments;
  for (const auto& recipe : recipes) {
    if (site.cpu_image) environments.push_back({recipe, false, site.cpu_image->text()});
    if (site.gpu_image && !recipe.gpu_pip.empty())
      environments.push_back({recipe, true, site.gpu_image->text()});
  }
  if (!environments.empty()) return environments;
  return Error{"the site has no default image",
               "write it into the site file: images.cpu, images.gpu", 0, Fault::user};
}

Result<bool> update_file(const std::string& path, const std::string& text) {
  const auto old = read_text_file(path);
  if (old ? *old == text : text.empty()) return false;
  if (text.empty()) {
    if (::unlink(path.c_str()) == 0) return true;
    const auto refused = errno;
    return Error::from_errno("cannot remove " + path, refused, Fault::user);
  }
  TRY(replace_file(path, text, readable_by_all));
  return true;
}

Result<std::string> write_files(const CuratedEnvironment& environment, const std::string& folder) {
  const auto list = list_in(folder, environment);
  TRY_ASSIGN(const bool is_new, update_file(list, requirements_of(environment)));
  TRY_ASSIGN(const bool has_new_constraints,
             update_file(list + std::string(build_constraints_suffix),
                         plan::build_constraints_text(environment.recipe)));
  TRY_ASSIGN(const bool has_new_startup, update_file(list + std::string(startup_suffix),
                                                     plan::startup_text({}, environment.recipe)));
  const auto lock = lock_in(folder, environment);
  const bool is_as_before = !is_new && !has_new_constraints && !has_new_startup;
  if (is_as_before && ::access(lock.c_str(), R_OK) == 0) return lock;
  return list;
}

std::string lock_in(const std::string& folder, const CuratedEnvironment& environment) {
  return list_in(folder, environment) + std::string(lock_suffix);
}

}  // namespace chainer::curate
