// --chainer-save: what a step's container holds at its end, as a squashfs file of the user's.
#pragma once

#include <string>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_cgroups.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// In task 0: whether `file` (absolute) can be made, asked with the user's rights. Something that is
/// there is the user's fault: it might be taken for what is saved.
Result<void> check_can_be_saved(const Attached&, const Account& account, const std::string& file);

/// In slurmstepd, as root, when the step's last task on the node has ended: starts a helper with the
/// user's rights in the step's cgroups, which reads the container and writes its `save_as`, and
/// waits for its end. It can be killed as the tasks could. The helper tells its own errors.
Result<void> save_container(const Step& step, const PluginConf& conf, const StepCgroups& cgroups,
                            const SharedContainer& container);

}  // namespace chainer
