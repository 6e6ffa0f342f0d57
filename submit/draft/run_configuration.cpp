#include "submit/draft/run_configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "submit/draft/yaml_document.hpp"

namespace chainer::draft {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view folders_of_configurations[] = {".azureml", "aml_config"};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The project's folder: a configuration lies in it, or in a folder of its own inside it.
std::string project_of(const Translation& translation) {
  const auto name = fs::path(translation.folder).filename().string();
  return std::ranges::find(folders_of_configurations, name) != std::end(folders_of_configurations)
             ? ".."
             : ".";
}

toml::Array words_of(const toml::Value& value) {
  toml::Array words;
  if (const auto* list = std::get_if<toml::Array>(&value.data)) {
    for (const auto& one : *list) words.push_back({plain_text(one), one.place});
  }
  return words;
}

void translate_target(const toml::Table& document, Translation& translation) {
  const auto* target = find(document, "target");
  const auto name = target ? plain_text(*target) : "";
  const auto* compute = find_table(document, "amlcompute");
  const auto* size = compute ? find(*compute, "vmSize") : nullptr;
  if (lower(name) == "amlcompute" && size) {
    translation.draft.set("vm_size", plain_text(*size));
    if (const auto* priority = find(*compute, "vmPriority")) {
      translation.draft.set("vm_priority", lower(plain_text(*priority)));
    }
  } else if (!name.empty()) {
    translation.draft.set("compute_target", name);
  }
}

void translate_processes(const toml::Table& document, Translation& translation) {
  if (const auto* nodes = find(document, "nodeCount"))
    translation.draft.set("node_count", nodes->data);
  const auto* communicator = find(document, "communicator");
  const auto kind = communicator ? lower(plain_text(*communicator)) : "none";
  if (kind == "none" || kind.empty()) return;
  if (kind != "mpi" && kind != "openmpi" && kind != "intelmpi") {
    translation.cannot(communicator->place, "communicator " + plain_text(*communicator),
                       "Chainer talks over MPI alone");
    return;
  }
  toml::Table training{{"type", {}, {std::string("mpi"), {}}}};
  const auto* mpi = find_table(document, "mpi");
  if (const auto* count = mpi ? find(*mpi, "processCountPerNode") : nullptr) {
    training.push_back({"process_count_per_node", {}, *count});
  }
  translation.draft.set("distributed_training", std::move(training));
}

void translate_docker(const toml::Table& docker, Translation& translation) {
  if (find(docker, "enabled") && !is_true(docker, "enabled")) {
    translation.draft.set("use_docker", false);
  } else if (const auto* image = find(docker, "baseImage")) {
    translate_image(*image, translation);
  }
  if (const auto* size = find(docker, "shmSize"))
    translation.draft.set("shm_size", plain_text(*size));
  if (is_true(docker, "gpuSupport")) translation.draft.set("use_gpu", true);
  if (const auto* registry = find_table(docker, "baseImageRegistry");
      registry && !registry->empty()) {
    translation.cannot(find(docker, "baseImageRegistry")->place, "baseImageRegistry",
                       "write image_registry_details, with password_file or password_env");
  }
  name_the_rest(
      docker,
      {"enabled", "baseImage", "shmSize", "gpuSupport", "baseImageRegistry", "sharedVolumes"},
      "environment.docker.", translation);
}

void translate_python(const toml::Table& python, Translation& translation) {
  if (is_true(python, "userManagedDependencies")) {
    translation.draft.set("user_managed", true);
    return;
  }
  if (const auto* written = find_table(python, "condaDependencies")) {
    translate_packages(*written, translation);
  } else if (const auto* file = find(python, "condaDependenciesFile")) {
    // Its path starts at the project; people also keep it beside the configuration.
    const auto name = plain_text(*file);
    const auto in_project = fs::path(translation.folder) / project_of(translation) / name;
    const auto path = fs::exists(in_project) ? in_project : fs::path(translation.folder) / name;
    translate_conda_file(path.lexically_normal().string(), name, file->place, translation);
  }
  name_the_rest(
      python,
      {"userManagedDependencies", "condaDependencies", "condaDependenciesFile", "interpreterPath"},
      "environment.python.", translation);
}

void translate_environment(const toml::Table& environment, Translation& translation) {
  if (const auto* docker = find_table(environment, "docker"))
    translate_docker(*docker, translation);
  if (const auto* python = find_table(environment, "python"))
    translate_python(*python, translation);
  if (const auto* variables = find_table(environment, "environmentVariables")) {
    for (const auto& variable : *variables) {
      // The service's template has one that says nothing.
      if (variable.key == "EXAMPLE_ENV_VAR") continue;
      translation.draft.set_in("environment_variables", variable.key, plain_text(variable.value));
    }
  }
  name_the_rest(environment,
                {"docker", "python", "environmentVariables", "name", "version", "spark"},
                "environment.", translation);
}

void translate_data(const toml::Table& document, Translation& translation) {
  for (const auto* key : {"dataReferences", "data"}) {
    const auto* references = find_table(document, key);
    if (!references) continue;
    for (const auto& reference : *references) {
      translation.cannot(reference.key_place, fmt::format("{}.{}", key, reference.key),
                         "the data is in the service: copy it, and name its path in inputs");
    }
  }
}

void translate_store(const toml::Table& document, Translation& translation) {
  if (const auto* store = find(document, "sourceDirectoryDataStore")) {
    translation.cannot(store->place, "sourceDirectoryDataStore = " + plain_text(*store),
                       "it is in the service; source_directory_data_store names one of the site's");
  }
}

}  // namespace

bool is_run_configuration(const toml::Table& document) {
  return find(document, "script") && (find(document, "target") || find(document, "framework"));
}

void translate_run_configuration(const toml::Table& document, Translation& translation) {
  auto& draft = translation.draft;
  draft.set("source_directory", translation.path(project_of(translation), "."));
  draft.set("entry_script", plain_text(*find(document, "script")));
  translate_target(document, translation);
  translate_processes(document, translation);
  if (const auto* time = find(document, "maxRunDurationSeconds")) {
    draft.set("max_run_duration_seconds", time->data);
  }
  if (const auto* arguments = find(document, "arguments")) {
    if (auto words = words_of(*arguments); !words.empty())
      draft.set("script_args", std::move(words));
  }
  if (const auto* environment = find_table(document, "environment")) {
    translate_environment(*environment, translation);
  }
  translate_data(document, translation);
  translate_store(document, translation);
  // These belong to other kinds of runs, or say how the service itself handled one.
  name_the_rest(document,
                {"script",
                 "arguments",
                 "target",
                 "framework",
                 "communicator",
                 "nodeCount",
                 "mpi",
                 "maxRunDurationSeconds",
                 "environment",
                 "dataReferences",
                 "data",
                 "amlcompute",
                 "autoPrepareEnvironment",
                 "history",
                 "spark",
                 "hdi",
                 "tensorflow",
                 "pytorch",
                 "paralleltask",
                 "output",
                 "outputData",
                 "docker",
                 "cmk8sCompute",
                 "commandReturnCodeConfig",
                 "credentialPassthrough",
                 "fallbackMode",
                 "sourceDirectoryDataStore"},
                "", translation);
}

}  // namespace chainer::draft
