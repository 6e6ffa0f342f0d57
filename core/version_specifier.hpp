// One condition on a package's version (PEP 440), such as `>=1.2`.
#pragma once

#include <string>
#include <string_view>

#include "core/text_cursor.hpp"

namespace chainer {

/// Takes one condition from `text`. The returned reason, "expected …", is empty when it reads.
std::string take_version_specifier(TextCursor& text);

}  // namespace chainer
