// Finds conda's own configuration of the person and of the host.
#pragma once

#include <string>
#include <vector>

#include "core/conda/conda_settings.hpp"
#include "node/builder/variables.hpp"

namespace chainer::builder {

/// The configuration files that conda and mamba read, the least weighty first (conda's
/// documentation, "Searching for .condarc").
std::vector<std::string> conda_config_files(const Variables& variables);

/// Files, then `CONDA_…` variables, as conda weighs them. A file that cannot be read is passed over.
CondaSettings load_conda_settings(const Variables& variables);

}  // namespace chainer::builder
