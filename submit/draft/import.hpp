// From what people of the retired service have to an estimator.
#pragma once

#include "submit/draft/translation.hpp"
#include "submit/run/process.hpp"

namespace chainer::draft {

/// Reads a run configuration, a command job or a Python file, which its content tells. A report
/// without an error comes with a draft. The error is that the file cannot be looked at here.
Result<Translation> import_file(const std::string& file, const std::string& working_folder,
                                const std::string& target_folder, run::ProcessRunner& processes);

}  // namespace chainer::draft
