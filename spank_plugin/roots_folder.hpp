// Folders of root's own, which the plugin makes where they are missing.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/container/staging.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// The folder (O_PATH), reached only through what is root's; made with this mode where it is
/// missing. An error where others than root can change it, or what leads to it.
Result<UniqueFd> own_folder(const std::string& folder, mode_t mode);

/// Where a container's root is put together, below the plugin's folder on the node.
Result<Staging> staging_below(const std::string& run_dir, Staging::Holds holds);

}  // namespace chainer
