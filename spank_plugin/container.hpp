// The last step before the program: a task enters what was prepared.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// A task that is in a container has it: the image, as it was asked for. A script can see by it
/// whether it is where it asked to be.
inline constexpr char container_variable[] = "CHAINER_SUBMIT_CONTAINER";

/// The task's environment as SPANK gives access to it.
struct TaskEnvironment {
  std::function<std::optional<std::string>(const std::string& name)> get;
  std::function<void(const std::string& name, const std::string& value)> set;
  std::function<void(const std::string& name)> unset;
  std::function<std::vector<std::string>()> names;
};

/// In task_init, as the user: joins the namespace, drops every capability, goes to the working
/// directory and sets the image's and the environment's variables. After an error the task must not
/// go on.
Result<void> enter_container(const SharedContainer& container, const Request& request,
                             const TaskEnvironment& environment);

}  // namespace chainer
