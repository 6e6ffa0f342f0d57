// The run configurations of the retired service: *.runconfig.
#pragma once

#include "submit/draft/translation.hpp"

namespace chainer {

bool is_run_configuration(const TomlTable& document);

/// Fills the draft from a run configuration, and from the conda file that it names.
void translate_run_configuration(const TomlTable& document, Translation& translation);

}  // namespace chainer
