// The folder of the container that a task starts in.
#pragma once

#include <string>

#include "core/container/task_environment.hpp"
#include "core/result.hpp"

namespace chainer {

/// The job's directory, and whether the step must fail without it.
struct JobsFolder {
  std::string path;
  bool is_demanded{false};
};

/// Called in the container: goes to `asked_for` where that is not empty, else to the job's directory
/// where the container has it, else to the image's. `options` as go_to takes it.
Result<void> choose_directory(const std::string& asked_for, const JobsFolder& of_job,
                              const std::string& of_image, const TaskEnvironment& environment,
                              const std::string& options);

}  // namespace chainer
