// Entries of the account's own store as ordinary files.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "node/rootless/own_store.hpp"
#include "node/wire/message.hpp"

namespace chainer::rootless {

/// The folder with what the entry holds. It is unpacked the first time, which `say` announces;
/// folders whose entry is gone are removed then.
Result<std::string> unpack_once(const OwnStore& store, EntryKind kind, const OwnEntry& entry,
                                const wire::Say& say);

}  // namespace chainer::rootless
