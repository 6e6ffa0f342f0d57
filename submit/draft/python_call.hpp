// A Python file that calls the estimator class.
#pragma once

#include "core/result.hpp"
#include "submit/draft/translation.hpp"
#include "submit/run/process.hpp"

namespace chainer::draft {

/// Fills the draft from the arguments of the first call in the file. Python reads the file and
/// executes none of it.
Result<void> translate_python_call(run::ProcessRunner& processes, Translation& translation);

}  // namespace chainer::draft
