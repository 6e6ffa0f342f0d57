// Paths that do not lead where their text says.
#pragma once

#include <algorithm>
#include <string_view>

namespace chainer {

/// Whether a component is `.` or `..`: a symlink on the way gives `..` another meaning than it has in
/// the text, and two texts can name one place.
inline bool has_dots(std::string_view path) {
  while (!path.empty()) {
    const auto component = path.substr(0, path.find('/'));
    if (component == "." || component == "..") return true;
    path.remove_prefix(std::min(component.size() + 1, path.size()));
  }
  return false;
}

}  // namespace chainer
