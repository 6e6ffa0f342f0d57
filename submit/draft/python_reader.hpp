// Asks Python what a Python file says; nothing of the file is executed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "submit/run/process.hpp"

namespace chainer::draft {

/// The object that one of the programs of python_programs.hpp writes about the file at `path`. An
/// Error means that there is no Python to ask.
Result<nlohmann::ordered_json> read_python(std::string_view program, const std::string& path,
                                           run::ProcessRunner& processes);

}  // namespace chainer::draft
