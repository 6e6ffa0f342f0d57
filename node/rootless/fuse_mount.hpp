// A squashfs file mounted by squashfuse, which needs no root where the kernel has FUSE.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"

namespace chainer::rootless {

/// Finds squashfuse in a list of folders in PATH's form; nothing where it is missing, or where this
/// account may not use FUSE.
std::optional<std::string> find_squashfuse(const std::string& folders);

/// Mounts `file` at `folder`, in the mount namespace of this process, which is root in its user
/// namespace. A child serves it from then on, and ends with this process.
Result<void> mount_by_fuse(const std::string& program, const std::string& file,
                           const std::string& folder);

}  // namespace chainer::rootless
