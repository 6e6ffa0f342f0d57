#include "core/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace chainer {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::string_view indent = "    ";
constexpr std::size_t most_lines = 40;

/// One character of UTF-8 at the start of a text. A length of 0: the first byte begins none.
struct Character {
  std::uint32_t code{0};
  std::size_t length{0};
};

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// The length that a first byte announces, 0 where it cannot be a first byte.
std::size_t announced_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

/// Refuses what the standard refuses: overlong forms, surrogates, codes beyond U+10FFFF.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto length = announced_length(byte(0));
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {byte(0), 1};

  auto code = static_cast<std::uint32_t>(byte(0) & (0xffU >> (length + 1)));
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(byte(i))) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  if (is_overlong || is_surrogate || code > 0x10ffff) return {};
  return {code, length};
}

struct Range {
  std::uint32_t first, last;
};

/// Controls, and what a terminal shows as nothing or uses to reorder the characters around it. The
/// joiners U+200C and U+200D are not here: Persian, Indic scripts and emoji need them.
constexpr std::array unprintable{
    Range{0x00, 0x1f},       Range{0x7f, 0x9f},      Range{0xad, 0xad},     Range{0x61c, 0x61c},
    Range{0x180e, 0x180e},   Range{0x200b, 0x200b},  Range{0x200e, 0x200f}, Range{0x2028, 0x202e},
    Range{0x2060, 0x206f},   Range{0xfeff, 0xfeff},  Range{0xfff9, 0xfffb}, Range{0xfffe, 0xffff},
    Range{0x1d173, 0x1d17a}, Range{0xe0000, 0xe0fff}};

bool is_printable(std::uint32_t code) {
  return std::ranges::none_of(
      unprintable, [&](Range range) { return code >= range.first && code <= range.last; });
}

std::string escape(const char* format, std::uint32_t code) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, code);
  return text.data();
}

std::string escaped(std::uint32_t code) {
  switch (code) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  if (code < 0x80) return escape("\\x%02x", code);
  return escape(code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
}

/// `kept`: control characters that stay.
std::string all_escaped(std::string_view text, std::string_view kept = {}) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    if (character.length == 0) {
      result += escape("\\x%02x", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (is_printable(character.code) || kept.find(text[0]) != kept.npos) {
      result += text.substr(0, character.length);
    } else {
      result += escaped(character.code);
    }
    text.remove_prefix(character.length);
  }
  return result;
}

}  // namespace

std::string without_middle(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  if (longest <= ellipsis.size()) return std::string(ellipsis);
  const auto starts_character = [&](std::size_t at) {
    return !continues(static_cast<unsigned char>(text[at]));
  };
  const auto room = longest - ellipsis.size();
  auto head = room - room / 3;
  while (head > 0 && !starts_character(head)) --head;
  auto tail = text.size() - room / 3;
  while (tail < text.size() && !starts_character(tail)) ++tail;
  std::string result(text.substr(0, head));
  result += ellipsis;
  result += text.substr(tail);
  return result;
}

std::string printable(std::string_view text, std::size_t longest) {
  return without_middle(all_escaped(text), longest);
}

std::string printable_lines(std::string_view text) {
  auto end = text.find('\n');
  std::string result = printable(text.substr(0, end));
  for (std::size_t lines = 1; end != std::string_view::npos; ++lines) {
    text.remove_prefix(end + 1);
    end = text.find('\n');
    result += '\n';
    if (lines == most_lines) return result.append(indent).append(ellipsis);
    const auto line = text.substr(0, end);
    const bool is_indented = line.starts_with(indent);
    result += indent;
    result += printable(is_indented ? line.substr(indent.size()) : line);
  }
  return result;
}

std::string printable_output(std::string_view text) { return all_escaped(text, "\n\r\t"); }

}  // namespace chainer
