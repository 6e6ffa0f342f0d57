// Whole reads and writes through a descriptor, with a limit.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// Reads from the current offset to the end. More than `limit` bytes is an error (EFBIG).
Result<std::string> read_all(int fd, std::size_t limit);

/// Writes all of `bytes`; handles short writes and EINTR.
Result<void> write_all(int fd, std::string_view bytes);

}  // namespace chainer
