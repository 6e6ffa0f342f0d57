// The host's places that a container sees, opened and cloned before the container's namespace exists.
#pragma once

#include <string>
#include <vector>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// One detached tree and where it goes.
struct Bind {
  enum class Kind { directory, file };
  UniqueFd tree;
  Kind kind{Kind::directory};
  std::string destination;
};

/// In the order in which they are attached: the kernel's file systems, /tmp, name resolution, what PMIx
/// needs, the site's list, the user's home and working directory, then the user's own mounts.
/// Places of the host that are not there are left out; a mount that the user asked for by name and
/// that cannot be opened is the user's error.
Result<std::vector<Bind>> collect_binds(const Step& step, const Request& request, const PluginConf& conf,
                                        const std::string& home, const std::string& working_directory);

}  // namespace chainer
