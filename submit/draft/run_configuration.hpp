// The run configurations of the retired service: *.runconfig.
#pragma once

#include "submit/draft/translation.hpp"

namespace chainer::draft {

bool is_run_configuration(const toml::Table& document);

/// Fills the draft from a run configuration, and from the conda file that it names.
void translate_run_configuration(const toml::Table& document, Translation& translation);

}  // namespace chainer::draft
