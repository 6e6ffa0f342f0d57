// Finds the person's and the host's configuration of conda.
#pragma once

#include <string>
#include <vector>

#include "core/conda/conda_settings.hpp"
#include "node/builder/variables.hpp"

namespace chainer::builder {

/// The configuration files that conda and mamba read, lowest priority first (conda's documentation,
/// "Searching for .condarc").
std::vector<std::string> conda_config_files(const Variables& variables);

/// The settings of these files and of `CONDA_…` variables, with conda's precedence. A file that
/// cannot be read is passed over.
CondaSettings load_conda_settings(const Variables& variables);

}  // namespace chainer::builder
