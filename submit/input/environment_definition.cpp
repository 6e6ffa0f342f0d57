#include "submit/input/environment_definition.hpp"

#include <fmt/format.h>

#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/input/table_reader.hpp"

namespace chainer::input {
namespace {

/// Keys that a definition replaces, and their names inside it; an empty name where it has none.
constexpr std::pair<std::string_view, std::string_view> replaced_keys[] = {
    {"pip_packages", "python.pip_packages"},
    {"pip_requirements_file", "python.pip_requirements_file"},
    {"pip_requirements_file_path", ""},
    {"conda_packages", "python.conda_packages"},
    {"conda_dependencies_file", "python.conda_dependencies_file"},
    {"conda_dependencies_file_path", ""},
    {"custom_docker_image", "docker.base_image"},
    {"custom_docker_base_image", ""},
    {"image_registry_details", "docker.base_image_registry"},
    {"use_gpu", ""},
    {"use_docker", "docker.enabled"},
    {"user_managed", "python.user_managed_dependencies"},
    {"shm_size", "docker.shm_size"},
    {"environment_variables", "environment_variables"},
};

std::string keys_beside(const Estimator& estimator) {
  std::vector<std::string_view> keys;
  for (const auto& [key, inside] : replaced_keys) keys.push_back(key);
  return mention_written(estimator, keys, estimator.environment_definition->place);
}

}  // namespace

std::string name_in_definition(std::string_view key) {
  for (const auto& [replaced, inside] : replaced_keys) {
    const bool is_below = key.starts_with(std::string(replaced) + ".");
    if (inside.empty() || (key != replaced && !is_below)) continue;
    return std::string(inside) + std::string(key.substr(replaced.size()));
  }
  return {};
}

EnvironmentDefinition read_definition(const toml::Table& document, toml::Report& report) {
  EnvironmentDefinition definition;
  read_members(definition_keys(), document, "", definition, report);
  return definition;
}

void take_over_definition(Estimator& estimator, toml::Report& report) {
  const auto& definition = *estimator.environment_definition;
  const auto beside = keys_beside(estimator);
  if (!beside.empty()) {
    return report.error(definition.place,
                        fmt::format("environment_definition stands beside {}", beside),
                        "it says all of the environment: move these into it, or remove it");
  }
  const auto take = [&](const char* key, auto& member, const auto& given) {
    if (!given) return;
    member = given;
    estimator.written.emplace(key, given->place);
  };
  if (const auto& docker = definition.value.docker) {
    take("use_docker", estimator.use_docker, docker->value.enabled);
    take("custom_docker_image", estimator.custom_docker_image, docker->value.base_image);
    take("image_registry_details", estimator.image_registry_details,
         docker->value.base_image_registry);
    take("shm_size", estimator.shm_size, docker->value.shm_size);
  }
  if (const auto& python = definition.value.python) {
    take("user_managed", estimator.user_managed, python->value.user_managed_dependencies);
    take("conda_packages", estimator.conda_packages, python->value.conda_packages);
    take("conda_dependencies_file", estimator.conda_dependencies_file,
         python->value.conda_dependencies_file);
    take("pip_packages", estimator.pip_packages, python->value.pip_packages);
    take("pip_requirements_file", estimator.pip_requirements_file,
         python->value.pip_requirements_file);
  }
  take("environment_variables", estimator.environment_variables,
       definition.value.environment_variables);
}

}  // namespace chainer::input
