#include "core/container/working_directory.hpp"

#include <unistd.h>

namespace chainer {

Result<void> choose_directory(const std::string& asked_for, const JobsFolder& of_job,
                              const std::string& of_image, const TaskEnvironment& environment,
                              const std::string& options) {
  if (!asked_for.empty()) return go_to(asked_for, environment, options);
  const bool exists = ::access(of_job.path.c_str(), X_OK) == 0;
  if (exists || of_job.is_demanded) return go_to(of_job.path, environment, options);
  if (!of_image.empty()) return go_to(of_image, environment, options);
  return go_to(of_job.path, environment, options);
}

}  // namespace chainer
