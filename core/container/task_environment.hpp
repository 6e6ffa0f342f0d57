// What a program in a container has in its environment, and where it starts.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/container/image_environment.hpp"
#include "core/container/time_zone.hpp"
#include "core/result.hpp"

namespace chainer {

/// Set for a program in a container: the image, as it was asked for. It tells a script whether it
/// is where it asked to be.
inline constexpr char container_variable[] = "CHAINER_SUBMIT_CONTAINER";

/// Where a container has what it gets of the node's GPU driver: libraries in lib, tools in bin.
inline constexpr char gpu_prefix[] = "/opt/chainer/gpu";

/// The environment that the program will have, which may be another's to keep.
struct TaskEnvironment {
  std::function<std::optional<std::string>(const std::string& name)> get;
  std::function<void(const std::string& name, const std::string& value)> set;
  std::function<void(const std::string& name)> unset;
  std::function<std::vector<std::string>()> names;
};

/// What was asked for, as far as the environment goes.
struct TaskSettings {
  std::string image;              ///< as it was asked for
  bool has_environment{false};    ///< something lies at env_prefix
  std::vector<std::string> keep;  ///< variables that win over the image's
  std::vector<std::string> drop;  ///< variables that no container gets
};

/// Sets all variables; called in the container, as the user. Returns the folder that the image
/// names to start in, or nothing. From strongest to weakest: what the person keeps, Slurm's and the
/// account's own, the environment's, the image's, and the job's without what steers a login's own
/// Python, libraries and language.
Result<std::string> set_task_variables(const TaskSettings& settings, const TimeZone& zone_of_host,
                                       const TaskEnvironment& environment);

/// Goes there. `options` begins the names of the options that may mend it.
Result<void> go_to(const std::string& directory, const TaskEnvironment& environment,
                   const std::string& options);

/// Some images' root folder is for their own root alone: nothing in such an image can be reached,
/// and every later error would name something else.
Result<void> check_root_folder(const std::string& options);

}  // namespace chainer
