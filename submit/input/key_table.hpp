// The one table of the estimator's keys: parser, suggestions, explain, schema and docs come from
// it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "submit/input/estimator.hpp"

namespace chainer::input {

std::span<const Key<Estimator>> estimator_keys();
std::span<const Key<DistributedTraining>> distributed_training_keys();
std::span<const Key<SlurmOptions>> slurm_keys();
std::span<const Key<RunDescription>> run_keys();
std::span<const Key<Input>> input_keys();
std::span<const Key<RegistryDetails>> registry_keys();
std::span<const Key<DockerDefinition>> docker_keys();
std::span<const Key<PythonDefinition>> python_keys();
std::span<const Key<EnvironmentDefinition>> definition_keys();

/// A row without its reader, and the table it stands in: "", "slurm", …
struct ListedKey {
  std::string_view section;
  KeyInfo info;
  std::string full_name() const {
    return section.empty() ? std::string(info.name)
                           : std::string(section) + "." + std::string(info.name);
  }
};

template <typename Record>
void list_keys(std::string_view section, std::span<const Key<Record>> keys,
               std::vector<ListedKey>& listed) {
  for (const auto& key : keys) listed.push_back({section, key.info});
}

/// Every key, in the order of the documentation.
std::vector<ListedKey> all_keys();

/// Where a value may come from, in words.
std::string_view setters(SetBy set_by);

}  // namespace chainer::input
