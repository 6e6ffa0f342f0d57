// The site's TaskProlog, which Slurm runs after task_init and therefore inside the container.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer {

/// Called in the container, as the user. Slurm only says "TaskProlog failed status=127" of a script
/// whose interpreter the image lacks: this says what is missing. An empty path is no prolog.
Result<void> check_task_prolog(const std::string& path);

}  // namespace chainer
