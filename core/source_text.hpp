// A file's text with quick ways from a line, or from a column in characters, to bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace chainer {

/// Looks at `text`, which must outlive it. A file may be one line of megabytes, or a million lines
/// with a finding each, so no look-up walks the whole text.
class SourceText {
 public:
  explicit SourceText(std::string_view text);

  /// Line `number` (from 1) without its line end; empty when there is no such line.
  std::string_view line(std::uint32_t number) const;

  /// The column in bytes of the character that is the `column`th of its line, both from 1. A column
  /// beyond the end of the text is the text's end.
  std::uint32_t byte_column(std::uint32_t line, std::uint32_t column) const;

 private:
  std::size_t start_of(std::uint32_t line) const { return line_starts_[line - 1]; }
  bool has_line(std::uint32_t line) const { return line >= 1 && line <= line_starts_.size(); }
  std::size_t characters_before(std::size_t at) const;
  std::size_t offset_of(std::size_t character) const;

  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
  std::vector<std::uint32_t> characters_at_;  ///< how many begin before each block of the text
};

}  // namespace chainer
