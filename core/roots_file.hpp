// Small files that an administrator writes for programs of root's.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.hpp"

namespace chainer {

/// The text of a regular file of at most `limit` bytes, owned by root and writable by nobody else.
/// The error names the path; where there is no such file its number is ENOENT.
Result<std::string> read_roots_file(const std::string& path, std::size_t limit);

}  // namespace chainer
