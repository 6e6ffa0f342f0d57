// Reads and writes whole files.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// The bytes of a file, at most `limit` of them, as they are. The user's fault: "cannot read PATH:
/// REASON".
Result<std::string> read_file(const std::string& path, std::size_t limit);

/// The text of a regular file of at most 16 MiB, as UTF-8. The error is only the reason, for a
/// caller that names the file itself.
Result<std::string> read_text_file(const std::string& path);

/// Writes a new file (mode 0600 or as given); refuses one that exists.
Result<void> write_new_file(const std::string& path, std::string_view bytes, unsigned mode = 0600);

/// Puts a file (mode 0600 or as given) at `path`, replacing one that is there: a reader sees all of the old
/// bytes or all of the new ones, even after a crash.
Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode = 0600);

}  // namespace chainer
