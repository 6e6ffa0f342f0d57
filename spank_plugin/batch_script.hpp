// A batch script that --chainer-batch puts into the container.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// The number of the first line that calls srun; nothing where none begins with it.
std::optional<int> line_that_calls_srun(std::string_view script);

/// Called in the container, as the user: says what is missing where the script at `script` calls
/// srun, which comes from the image and needs Slurm's configuration. `lookup` answers a variable of
/// the script's. Nobody but the script knows whether it gets to that line: it is told, and goes on.
std::optional<Error> missing_for_srun(
    const std::string& script,
    const std::function<std::optional<std::string>(const std::string&)>& lookup);

}  // namespace chainer
