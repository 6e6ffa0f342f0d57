#include "core/source_text.hpp"

#include <algorithm>

namespace chainer {
namespace {

constexpr std::size_t block = 256;

/// Whether a byte begins a character of UTF-8.
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text), line_starts_{0} {
  characters_at_.reserve(text.size() / block + 1);
  std::uint32_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % block == 0) characters_at_.push_back(characters);
    characters += begins_character(text[i]);
    if (text[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

std::string_view SourceText::line(std::uint32_t number) const {
  if (!has_line(number)) return {};
  auto line = text_.substr(start_of(number));
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::uint32_t SourceText::byte_column(std::uint32_t line, std::uint32_t column) const {
  if (!has_line(line) || column == 0) return column;
  const auto start = start_of(line);
  const auto at = offset_of(characters_before(start) + column - 1);
  return static_cast<std::uint32_t>(at - start + 1);
}

std::size_t SourceText::characters_before(std::size_t at) const {
  if (at >= text_.size()) at = text_.size();
  if (at == 0) return 0;
  const auto first = (at - 1) / block;
  const auto part = text_.substr(first * block, at - first * block);
  return characters_at_[first] +
         static_cast<std::size_t>(std::ranges::count_if(part, begins_character));
}

/// Where character number `character` (from 0) begins.
std::size_t SourceText::offset_of(std::size_t character) const {
  const auto after = std::ranges::upper_bound(characters_at_, character);
  if (after == characters_at_.begin()) return 0;
  const auto first = static_cast<std::size_t>(after - characters_at_.begin()) - 1;
  auto left = character - characters_at_[first];
  for (std::size_t i = first * block; i < text_.size(); ++i) {
    if (begins_character(text_[i]) && left-- == 0) return i;
  }
  return text_.size();
}

}  // namespace chainer
