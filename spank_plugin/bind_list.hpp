// The host's places that a container sees, opened and cloned before the container's namespace
// exists.
#pragma once

#include <string>
#include <vector>

#include "core/container/bind.hpp"
#include "core/container/mount_spec.hpp"
#include "core/container/mount_tree.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// A place of the host that containers see, by its path.
struct HostPlace {
  enum class WhenAbsent { pass_over, refuse };
  std::string path;
  Access access{Access::read_write};
  Bind::Standing standing{Bind::Standing::fixed};
  LaterMounts later{LaterMounts::stay_out};
  WhenAbsent when_absent{WhenAbsent::pass_over};
};

/// All places but the kernel's, whether or not this host has them: /tmp, name resolution, what PMIx
/// needs, the batch script's folder and the site's list.
std::vector<HostPlace> host_places(const Step& step, const PluginConf& conf);

/// The error for a place of the site's list that this host must have and does not have.
Error bind_refused(const std::string& path, int error_number);

/// The error for the source of a --chainer-mount that the user cannot open.
Error mount_refused(const MountSpec& mount, int error_number);

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
