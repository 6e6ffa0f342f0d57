// Reads and writes through a descriptor that a signal or a short answer does not cut off.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// read(2), repeated when a signal interrupts it: the number of bytes, 0 at the end, or -1 and
/// errno.
ssize_t read_some(int fd, void* into, std::size_t size);

/// Reads from the current offset to the end. More than `limit` bytes is an error (EFBIG).
Result<std::string> read_all(int fd, std::size_t limit);

/// Writes all of `bytes`; handles short writes and EINTR.
Result<void> write_all(int fd, std::string_view bytes);

}  // namespace chainer
