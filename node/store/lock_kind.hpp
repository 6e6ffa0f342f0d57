// How preparations of several nodes are kept apart on the file system that the store lies on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/plugin_conf.hpp"

namespace chainer::store {

enum class LockKind {
  flock,  ///< by the kernel's lock, which everybody sees who sees the file system
  lease,  ///< by files that their owners keep renewing (node/store/lease.hpp)
};

/// What serves on a file system of this type, mounted with these options (the last two columns of
/// /proc/self/mountinfo). Disks have flock, and so do the cluster file systems whose locks reach
/// all nodes; NFS and Lustre have it where they are mounted so. All others get leases.
LockKind lock_kind_on(std::string_view type, std::string_view options);

/// What serves in `folder`: the site's word, or what its file system has.
LockKind lock_kind_in(const std::string& folder, StoreLocks asked);

}  // namespace chainer::store
