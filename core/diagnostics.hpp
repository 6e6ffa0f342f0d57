// Findings in a person's file, shown the way compilers show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/source_text.hpp"

namespace chainer {

/// A place in a file; lines and columns count from 1, columns in bytes. Line 0: the file as a
/// whole.
struct Position {
  std::uint32_t line{0};
  std::uint32_t column{0};
  friend auto operator<=>(const Position&, const Position&) = default;
};

enum class Severity { error, warning };

struct Finding {
  std::string file;
  Position at;
  Severity severity{Severity::error};
  std::string message;  ///< lower case, what was got and what was expected
  std::string hint{};   ///< one sentence, empty when there is nothing to say
};

enum class Colour { off, on };

/// `file:line:col: error: message`, the source line, a caret under the column, `hint: …`.
/// `source` is the file's whole text; a line that it does not hold is left out, and of a long one
/// what is around the caret is shown. Made printable.
std::string render(const Finding& finding, const SourceText& source, Colour colour);
inline std::string render(const Finding& finding, std::string_view source, Colour colour) {
  return render(finding, SourceText(source), colour);
}

/// By file, then position; findings at one place keep their order.
void sort_by_position(std::vector<Finding>& findings);

/// The candidate closest to `word` by edit distance, empty when none is near enough to be meant.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace chainer
