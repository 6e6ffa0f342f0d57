// A batch script that --chainer-batch puts into the container.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// The number of the first line that starts with a call of srun; nothing where there is none.
std::optional<int> line_that_calls_srun(std::string_view script);

/// Called in the container, as the user: says what is missing where the script at `script` calls
/// srun, which comes from the image and needs Slurm's configuration. `lookup` answers a variable of
/// the script's. Whether the script gets to that line cannot be known, so this is only a warning,
/// and the script goes on.
std::optional<Error> missing_for_srun(
    const std::string& script,
    const std::function<std::optional<std::string>(const std::string&)>& lookup);

}  // namespace chainer
