// A task whose container another runtime starts: Slurm starts chainer-runtime in the command's
// place, which becomes that runtime.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/container/task_environment.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/bind_list.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/runtime_place.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// What of the site and the step such a task needs, kept from the hook that knows both.
struct RuntimeSettings {
  RuntimePlace place;
  std::string program;  ///< chainer-runtime, on the host
  std::vector<HostPlace> of_host;
  std::string of_pmix;
  std::string home;
  int task{0};  ///< its number on the node

  /// Asks the name service for the account's home.
  static Result<RuntimeSettings> of(const Step& step, int task, const PluginConf& conf);
};

/// Called in task_init, as the user: joins the namespace of RuntimePlace, which stands on the host's
/// root, gives up what Slurm's setuid left, and has Slurm start chainer-runtime. `command` is where
/// Slurm has the command's words. Setuid programs work as they do on the host: a runtime may need
/// them.
Result<void> start_with_runtime(const SharedContainer& container, const Request& request,
                                const RuntimeSettings& settings, const TaskEnvironment& environment,
                                char** command);

}  // namespace chainer
