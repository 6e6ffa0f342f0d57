// What another runtime gets to start a step's container from: a folder on the host's root, seen
// only in the step's mount namespace, where the image and the environment are mounted, or the whole
// root folder that the native runtime would have, and where each task has a folder of its own.
#pragma once

#include <string>

#include "core/account.hpp"
#include "core/byte_size.hpp"
#include "core/gpu_files.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/container_root.hpp"
#include "spank_plugin/environment_layers.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// The folder, and what lies in it.
struct RuntimePlace {
  std::string folder;

  static RuntimePlace below(const std::string& run_dir) { return {run_dir + "/container"}; }
  std::string image() const { return folder + "/image"; }
  /// The container's root, in the place of all the parts.
  std::string root() const { return folder + "/root"; }
  std::string environment() const { return folder + "/environment"; }
  /// What the step gets of the node's GPU driver; not there where that is nothing.
  std::string gpu() const { return folder + "/gpu"; }
  /// chainer-runtime, as the container is shown it.
  std::string program() const { return folder + "/program"; }
  /// The user's own, in memory.
  std::string work() const { return folder + "/work"; }
};

struct RuntimeParts {
  UniqueFd image;                ///< a detached mount
  UniqueFd program;              ///< likewise, of a file
  EnvironmentTrees environment;  ///< nothing without one
  GpuFiles gpu_files;            ///< likewise
  Account account{};
  std::string run_dir;
  ByteSize shm_size;
};

/// A namespace that is the host's, but for RuntimePlace and a /dev/shm of the step's own.
Result<UniqueFd> build_runtime_place(const Attached&, RuntimeParts parts);

/// The same with the whole root in it. `program` is chainer-runtime, a detached mount; `host` is
/// this node's name, which such a runtime writes over /etc/hostname.
Result<UniqueFd> build_runtime_root(const Attached&, UniqueFd image, UniqueFd program,
                                    const std::string& host, ContainerParts parts);

/// chainer-runtime, which lies beside `helper`.
std::string runtime_program(const std::string& helper);

/// The same as a read-only mount. An error where others than root can change it.
Result<UniqueFd> mount_runtime_program(const std::string& helper);

}  // namespace chainer
