// A step's environment in the store: one entry, or a user's difference over a curated one.
#pragma once

#include <sys/types.h>

#include <optional>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "spank_plugin/store_reader.hpp"

namespace chainer {

/// An environment, open and pinned.
struct StoredEnvironment {
  Digest key;
  OpenEntry top;
  std::optional<OpenEntry> base{};  ///< what `top` is laid over, where it is a difference
};

/// The environment in the image that the digest of a lock's bytes names for a job of `user`: the
/// user's own, the curator's, or the user's difference together with the curator's that it belongs
/// to.
Result<std::optional<StoredEnvironment>> find_environment(const StoreReader& store,
                                                          const Digest& image, const Digest& lock,
                                                          uid_t user);

/// The curator's environment of this lock.
Result<std::optional<OpenEntry>> find_curated(const StoreReader& store, const Digest& image,
                                              const Digest& lock);

/// Opens what the store's side named for a job of `user`.
Result<StoredEnvironment> open_environment(const StoreReader& store, const StoreEntry& named,
                                           uid_t user);

}  // namespace chainer
