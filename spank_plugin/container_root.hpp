// Builds the mount namespace that a step's tasks enter.
#pragma once

#include <optional>
#include <string>

#include "core/account.hpp"
#include "core/byte_size.hpp"
#include "core/container/image_mounts.hpp"
#include "core/container/root_folder.hpp"
#include "core/gpu_files.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/environment_layers.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// What goes into a step's container besides the image itself.
struct ContainerParts {
  RootParts root;
  Account account{};    ///< owns the writable layer
  std::string run_dir;  ///< the plugin's folder on the node, where the new root is put together
  std::optional<EnvironmentLayers>
      environment{};     ///< of two layers; a whole one is among the binds
  GpuFiles gpu_files{};  ///< none: the container gets nothing of a driver
};

/// The container's root folder with all that goes into it, attached where root alone may enter. For
/// the child that builds a namespace.
Result<ImageMounts> put_root_together(const Attached&, UniqueFd image, ContainerParts& parts);

/// A namespace whose root is the image `image`, put together by a child of this task. `image` is a
/// detached mount: of squashfs, or of a layer over it where the parts say so.
Result<UniqueFd> build_container(const Attached&, UniqueFd image, ContainerParts parts);

/// An overlay over the image, which has at most this size: a layer that outlives the step
/// (--chainer-layer). `image` as above; a step's container is made of a clone of what this gives.
Result<UniqueFd> build_layer(const Attached&, UniqueFd image, const Account& account,
                             const UserNames& names, const std::string& run_dir, ByteSize size);

/// A namespace that is the host's except for a private /dev/shm of `shm_size`.
Result<UniqueFd> build_private_shm(const Attached&, ByteSize shm_size);

}  // namespace chainer
