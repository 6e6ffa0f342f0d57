#include "core/diagnostics.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "core/printable.hpp"

namespace chainer {
namespace {

constexpr std::size_t most_before_caret = 100;
constexpr std::size_t most_after_caret = 200;
constexpr std::size_t longest_escape = 10;  // \U0010fffe

struct Palette {
  std::string_view bold, error, warning, caret, reset;
};
constexpr Palette plain{};
constexpr Palette ansi{"\x1b[1m", "\x1b[1;31m", "\x1b[1;35m", "\x1b[1;32m", "\x1b[0m"};

/// As printable, but tabs stay: they are how people indent.
std::string printable_with_tabs(std::string_view text) {
  std::string result;
  for (auto tab = text.find('\t'); tab != std::string_view::npos; tab = text.find('\t')) {
    result += printable(text.substr(0, tab), text.size() * longest_escape) + '\t';
    text.remove_prefix(tab + 1);
  }
  return result + printable(text, text.size() * longest_escape);
}

/// A part of a source line as a terminal may show it, on both sides of the caret's column.
struct Excerpt {
  std::string before;
  std::string after;
};

/// What is far from the caret is left out: a file made by a program may be one long line.
Excerpt excerpt_of(std::string_view line, std::uint32_t column) {
  const auto is_continued = [&](std::size_t at) {
    return (static_cast<unsigned char>(line[at]) & 0xc0) == 0x80;
  };
  const auto caret = std::min<std::size_t>(column > 0 ? column - 1 : 0, line.size());
  auto first = caret > most_before_caret ? caret - most_before_caret : 0;
  auto end = std::min(line.size(), caret + most_after_caret);
  while (first > 0 && first < caret && is_continued(first)) ++first;
  while (end < line.size() && end > caret && is_continued(end)) --end;
  return {(first > 0 ? "…" : "") + printable_with_tabs(line.substr(first, caret - first)),
          printable_with_tabs(line.substr(caret, end - caret)) + (end < line.size() ? "…" : "")};
}

/// Blanks as wide as `text`: tabs stay tabs, and the continuation bytes of UTF-8 take no room.
std::string blanks_under(std::string_view text) {
  std::string blanks;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    blanks += c == '\t' ? '\t' : ' ';
  }
  return blanks;
}

/// Letters to put in, take out, change, or swap with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

std::string render(const Finding& finding, const SourceText& source, Colour colour) {
  const Palette& paint = colour == Colour::on ? ansi : plain;
  const bool is_error = finding.severity == Severity::error;

  std::string text{paint.bold};
  text += printable(finding.file);
  if (finding.at.line > 0) {
    text += ":" + std::to_string(finding.at.line) + ":" + std::to_string(finding.at.column);
  }
  text += ": ";
  text += paint.reset;
  text += is_error ? paint.error : paint.warning;
  text += is_error ? "error: " : "warning: ";
  text += paint.reset;
  text += printable_lines(finding.message) + "\n";

  const auto line = source.line(finding.at.line);
  if (!line.empty()) {
    const auto [before, after] = excerpt_of(line, finding.at.column);
    text += "    " + before + after + "\n    " + blanks_under(before);
    text += paint.caret;
    text += "^";
    text += paint.reset;
    text += "\n";
  }
  if (!finding.hint.empty()) text += "hint: " + printable(finding.hint) + "\n";
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
    const auto longer = std::max(word.size(), candidate.size());
    if (longer - std::min(word.size(), candidate.size()) >= best_distance) continue;
    if (const auto distance = edit_distance(word, candidate); distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace chainer
