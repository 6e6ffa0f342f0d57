// What a side of a preparation may no longer do once it knows what it is to do.
#pragma once

#include <cstdint>

#include "core/result.hpp"

namespace chainer {

/// Before the user's side reads anything that others wrote: no core file and no debugger may show
/// its credentials, and it gives up what syscall_filter.hpp lists.
Result<void> confine_users_side();

/// Before the store's side reads a byte of the user's side. Bounds what a hostile layer may take by
/// what the store holds: memory, the size of a file, processor time. SIGXFSZ is ignored, so
/// that a file which is too large is an error like any other.
Result<void> confine_stores_side(std::uint64_t store_quota);

}  // namespace chainer
