// Entries of the account's own store as ordinary files.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "node/rootless/own_store.hpp"
#include "node/wire/message.hpp"

namespace chainer::rootless {

/// The folder with what the entry holds, unpacked once, which it says. Removes those whose entry
/// is gone.
Result<std::string> unpack_once(const OwnStore& store, EntryKind kind, const OwnEntry& entry,
                                const wire::Say& say);

}  // namespace chainer::rootless
