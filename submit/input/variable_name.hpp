// The names of environment variables.
#pragma once

#include <algorithm>
#include <string_view>

namespace chainer::input {

/// True for letters, digits and `_` that do not start with a digit: what a shell can set.
inline bool is_variable_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace chainer::input
