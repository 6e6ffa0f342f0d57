// What `chainer-node images` and `chainer-node envs` list: a store's entries, as text and as JSON.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "node/store/store.hpp"

namespace chainer::store_side {

enum class Listed { images, environments };

/// A line for each entry of this kind that can be seen, least recently used first: its key, its
/// owner, its size, when it was last used, and for an environment whose lock is kept its packages.
/// The owner is `public`, `shared`, a uid, or `curated`: the curator's, which serves everybody.
std::string listing_text(const store::Store& store, Listed listed, std::optional<uid_t> curator);

/// The same as one line of JSON: an array with an object for each entry.
std::string listing_json(const store::Store& store, Listed listed, std::optional<uid_t> curator);

}  // namespace chainer::store_side
