// The one table of the estimator's keys: parser, suggestions, explain, schema and docs come from
// it.
#pragma once

#include <optional>
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

/// Every key, in the order of the documentation.
std::vector<ListedKey> all_keys();

/// Where a value may come from, in words.
std::string_view setters(SetBy set_by);

/// The full name of the key that goes by `word` in other tools, or that has this name in another
/// table; empty when no key does. Dashes, a leading underscore and upper case make no difference.
std::string meant_by(std::string_view word);

/// The key that is called `name`, with its section ("slurm.mem") or, where only one has it,
/// without.
std::optional<ListedKey> find_key(std::string_view name);

}  // namespace chainer::input
