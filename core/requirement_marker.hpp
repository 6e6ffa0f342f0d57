// The condition behind the `;` of a requirement (PEP 508), such as `python_version >= "3.8"`.
#pragma once

#include <string>

#include "core/text_cursor.hpp"

namespace chainer {

/// Takes a marker from `text`. The returned reason, "expected …", is empty when it reads.
std::string take_requirement_marker(TextCursor& text);

}  // namespace chainer
