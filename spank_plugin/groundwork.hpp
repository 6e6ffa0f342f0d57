// What a container needs besides its image.
#pragma once

#include "core/container/name_files.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/bind_list.hpp"
#include "spank_plugin/container_root.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Everything of a container that can be had before the task is attached, so that it overlaps with
/// what slurmstepd still does.
struct Groundwork {
  UserNames names;
  HostBinds binds;
};

Result<Groundwork> lay_groundwork(const Step& step, const PluginConf& conf);

/// Adds what is opened as the user: home, working directory and mounts.
Result<ContainerParts> complete_parts(const Attached& attached, Groundwork groundwork,
                                      const Step& step, const Request& request,
                                      const PluginConf& conf);

}  // namespace chainer
