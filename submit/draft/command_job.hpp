// The command jobs of the retired service's successor: YAML with `command:` and `compute:`.
#pragma once

#include "submit/draft/translation.hpp"

namespace chainer::draft {

bool is_command_job(const toml::Table& document);

/// Fills the draft from a command job, and from the conda file that its environment names.
void translate_command_job(const toml::Table& document, Translation& translation);

}  // namespace chainer::draft
