// The last step before the program: a task enters what was prepared.
#pragma once

#include "core/container/task_environment.hpp"
#include "core/result.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// With --chainer-root: configures apt, which has no user of its own here that it could become.
inline constexpr char apt_conf_path[] = "/opt/chainer/apt.conf";
inline constexpr char apt_conf_text[] = "APT::Sandbox::User \"root\";\n";

/// In task_init, as the user: joins the namespace, drops every capability, goes to the working
/// directory and sets the image's and the environment's variables. After an error the task must not
/// go on.
Result<void> enter_container(const SharedContainer& container, const Request& request,
                             const TaskEnvironment& environment);

}  // namespace chainer
