// Text that is read part by part.
#pragma once

#include <algorithm>
#include <string_view>

namespace chainer {

/// Takes what stands before the next `mark` off `text`, and the mark with it; all where there is
/// none.
inline std::string_view take_part(std::string_view& text, char mark) {
  const auto part = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

inline std::string_view take_line(std::string_view& text) { return take_part(text, '\n'); }

}  // namespace chainer
