// Kinds of characters, in ASCII whatever the locale.
#pragma once

#include <algorithm>
#include <string_view>

namespace chainer {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_lower_letter(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_letter(char c) { return is_lower_letter(c) || (c >= 'A' && c <= 'Z'); }
inline bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
inline bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Whether each character is a letter, a digit or one of `others`.
inline bool are_letters_digits_or(std::string_view others, std::string_view text) {
  return std::ranges::all_of(
      text, [&](char c) { return is_letter_or_digit(c) || others.find(c) != others.npos; });
}

/// The value of a lower-case hexadecimal digit, -1 for anything else.
inline int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Whether a text can be one line of a file: nothing in it ends the line or steers a terminal.
inline bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\t'; });
}

/// Whether a shell can set a variable of this name: letters, digits and `_`, no digit first.
inline bool is_variable_name(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && are_letters_digits_or("_", text);
}

}  // namespace chainer
