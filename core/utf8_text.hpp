// A person's text file as UTF-8, whatever editor wrote it.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer {

/// The text without a byte order mark: UTF-8, or UTF-16 and UTF-32 where a mark says so, as pip
/// reads requirements. Bytes that are not UTF-8 stay: they may be in a comment. The user's fault
/// when the text is cut within a character, or when it holds NUL bytes, as UTF-16 without a mark
/// does.
Result<std::string> utf8_text(std::string bytes);

}  // namespace chainer
