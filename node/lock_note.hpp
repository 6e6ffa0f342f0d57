// What the store remembers beside its entries: the lock that answers a request, and the lock that
// an environment was built from.
#pragma once

#include <optional>

#include "node/environment_lock.hpp"
#include "node/store.hpp"

namespace chainer {

/// The lock kept under `at`; empty when there is none, or none that this release can read.
std::optional<EnvironmentLock> read_lock_note(const Store& store, const StoreEntry& at);

/// The same, and it counts as used now, so that it is not collected soon.
std::optional<EnvironmentLock> use_lock_note(const Store& store, const StoreEntry& at);

/// Keeps a lock under `at`, which has an owner.
Result<void> write_lock_note(const Store& store, const StoreEntry& at, const EnvironmentLock& lock);

}  // namespace chainer
