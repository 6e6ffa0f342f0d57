// The host's places that a container sees, opened and cloned before the container's namespace
// exists.
#pragma once

#include <string>
#include <vector>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// One detached tree and where it goes.
struct Bind {
  enum class Kind { directory, file };
  UniqueFd tree;
  Kind kind{Kind::directory};
  std::string destination;
};

/// The host's own places, in the order in which they are attached: the kernel's file systems, /tmp,
/// name resolution, what PMIx needs, the site's list. Those that this host does not have are left
/// out.
Result<std::vector<Bind>> host_binds(const Step& step, const PluginConf& conf);

/// The user's places, attached after the host's: home and working directory where they can be
/// opened, then the mounts of the request; of those, one that cannot be opened is the user's error.
/// What the site's list shows anyway is left out, and with it the child that would have to open it
/// as the user.
Result<std::vector<Bind>> user_binds(const Attached& attached, const Step& step,
                                     const Request& request, const PluginConf& conf,
                                     const std::vector<Bind>& of_host, const std::string& home,
                                     const std::string& working_directory);

}  // namespace chainer
