#include "core/diagnostics.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace chainer {
namespace {

struct Palette {
  std::string_view bold, error, warning, caret, reset;
};
constexpr Palette plain{};
constexpr Palette ansi{"\x1b[1m", "\x1b[1;31m", "\x1b[1;35m", "\x1b[1;32m", "\x1b[0m"};

/// Line `number` (from 1) of `text` without its line end; empty when there is no such line.
std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (; number > 1; --number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

/// What stands before a caret so that it lands under `column` (in bytes): tabs stay tabs, and the
/// continuation bytes of UTF-8 take no room.
std::string caret_indent(std::string_view line, std::uint32_t column) {
  std::string indent;
  for (std::size_t i = 0; i + 1 < column && i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if ((byte & 0xc0) == 0x80) continue;
    indent += byte == '\t' ? '\t' : ' ';
  }
  return indent;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::string render(const Finding& finding, std::string_view source, Colour colour) {
  const Palette& paint = colour == Colour::on ? ansi : plain;
  const bool is_error = finding.severity == Severity::error;

  std::string text{paint.bold};
  text += finding.file;
  if (finding.at.line > 0) {
    text += ":" + std::to_string(finding.at.line) + ":" + std::to_string(finding.at.column);
  }
  text += ": ";
  text += paint.reset;
  text += is_error ? paint.error : paint.warning;
  text += is_error ? "error: " : "warning: ";
  text += paint.reset;
  text += finding.message + "\n";

  const auto line = finding.at.line > 0 ? line_of(source, finding.at.line) : std::string_view{};
  if (!line.empty()) {
    text += "    " + std::string(line) + "\n    " + caret_indent(line, finding.at.column);
    text += paint.caret;
    text += "^";
    text += paint.reset;
    text += "\n";
  }
  if (!finding.hint.empty()) text += "hint: " + finding.hint + "\n";
  return text;
}

void sort_by_position(std::vector<Finding>& findings) {
  std::ranges::stable_sort(findings, {}, [](const Finding& finding) {
    return std::tie(finding.file, finding.at.line, finding.at.column);
  });
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  // Up to a third of the letters may be wrong: more is another word.
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view best;
  for (const auto candidate : candidates) {
    if (const auto distance = edit_distance(word, candidate); distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace chainer
