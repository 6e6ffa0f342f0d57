// The host's places that a container sees, opened and cloned before the container's namespace
// exists.
#pragma once

#include <string>
#include <vector>

#include "core/container/bind.hpp"
#include "core/container/mount_tree.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// A place of the site's that is opened as the job's user: somebody other than root can change the
/// way to it.
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

}  // namespace chainer
