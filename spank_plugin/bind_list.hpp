// The host's places that a container sees, opened and cloned before the container's namespace
// exists.
#pragma once

#include <string>
#include <vector>

#include "core/container/bind.hpp"
#include "core/container/mount_tree.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// A place of the site's that only the job's user may open: others than root can change the way to
/// it.
struct UnsafePlace {
  std::string path;
  MountFlags flags;
};

struct HostBinds {
  std::vector<Bind> binds;
  std::vector<UnsafePlace> unsafe;
};

/// The host's own places, in the order in which they are attached: the kernel's file systems, /tmp,
/// name resolution, what PMIx needs, the site's list. Those that this host does not have are left
/// out, and so are those that one of the others shows anyway.
Result<HostBinds> host_binds(const Step& step, const PluginConf& conf);

/// What the user opens: the unsafe places, home and working directory where they can be opened,
/// then the mounts of the request; of those, one that cannot be opened is the user's error. What
/// the host's binds show anyway is left out, and with it the child that would have to open it.
Result<std::vector<Bind>> user_binds(const Attached& attached, const Step& step,
                                     const Request& request, const HostBinds& of_host,
                                     const std::string& home, const std::string& working_directory);

}  // namespace chainer
