// Makes estimators from what people of the retired service have.
#pragma once

#include "submit/draft/translation.hpp"
#include "submit/run/process.hpp"

namespace chainer::draft {

/// Reads a run configuration, a command job or a Python file, told apart by content. A report
/// without an error comes with a draft. An Error means that the file cannot be read here.
Result<Translation> import_file(const std::string& file, const std::string& working_folder,
                                const std::string& target_folder, run::ProcessRunner& processes);

}  // namespace chainer::draft
