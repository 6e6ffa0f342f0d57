// A preparation in the account's own store: the same two sides as on a node, both as the account.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "node/rootless/own_store.hpp"

namespace chainer::rootless {

/// Starts `chainer-node user-side ARGUMENTS` and a store's side, and waits for both. They print
/// their own errors. `inside` is the socket that the user's side of an environment needs, else -1.
Result<OwnEntry> prepare_entry(const OwnStore& store, EntryKind kind,
                               const std::vector<std::string>& user_side, int inside = -1);

}  // namespace chainer::rootless
