// The locks that the store keeps: those that answer a question of a user's, and, beside an
// environment, the one that it was built from.
#pragma once

#include <optional>

#include "node/environment/environment_lock.hpp"
#include "node/store/store.hpp"

namespace chainer::store_side {

/// A kept lock, to the byte: the digest of its text names the environment.
struct KeptLock {
  std::string text;
  environment::EnvironmentLock lock;
};

/// Where the answer to a question of `owner` is kept.
std::string resolution_path(const Digest& question, uid_t owner);
/// Where the lock of an environment is kept.
std::string lock_path(const StoreEntry& environment);

/// The lock kept at `path`; empty when there is none, or none that this release can read.
std::optional<KeptLock> read_lock_note(const store::Store& store, const std::string& path);

/// The same, and it counts as used now, so that it is not collected soon.
std::optional<KeptLock> use_lock_note(const store::Store& store, const std::string& path);

}  // namespace chainer::store_side
