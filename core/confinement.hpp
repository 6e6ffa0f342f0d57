// What each side of a preparation gives up once it knows what it has to do.
#pragma once

#include <cstdint>

#include "core/result.hpp"

namespace chainer {

/// Called before the user's side reads anything that others wrote. No core file and no debugger can
/// then show its credentials, and it gives up what syscall_filter.hpp lists.
Result<void> confine_users_side();

/// Called before the store's side reads a byte from the user's side. A hostile layer can then take
/// only as much memory, file size and processor time as a store of this quota can need. SIGXFSZ is
/// ignored, so that a file which grows too large is an error like any other.
Result<void> confine_stores_side(std::uint64_t store_quota);

}  // namespace chainer
