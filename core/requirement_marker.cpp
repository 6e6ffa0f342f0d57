#include "core/requirement_marker.hpp"

#include <algorithm>
#include <array>

namespace chainer {
namespace {

constexpr int deepest = 50;  // parentheses are read by recursion

// With the old spellings that pip still reads.
constexpr std::array<std::string_view, 18> variables{"python_version",
                                                     "python_full_version",
                                                     "os_name",
                                                     "sys_platform",
                                                     "platform_release",
                                                     "platform_system",
                                                     "platform_version",
                                                     "platform_machine",
                                                     "platform_python_implementation",
                                                     "implementation_name",
                                                     "implementation_version",
                                                     "extra",
                                                     "os.name",
                                                     "sys.platform",
                                                     "platform.version",
                                                     "platform.machine",
                                                     "platform.python_implementation",
                                                     "python_implementation"};
constexpr std::array<std::string_view, 8> comparisons{
    "===", "==", "~=", "!=", "<=", ">=", "<", ">"};

bool is_word(char c) { return is_letter_or_digit(c) || c == '_' || c == '.'; }

/// Takes `word` where it is not the beginning of a longer one.
bool take_word(TextCursor& text, std::string_view word) {
  auto ahead = text;
  if (ahead.take_while(is_word) != word) return false;
  text = ahead;
  return true;
}

bool take_value(TextCursor& text) {
  for (const char quote : {'\'', '"'}) {
    if (!text.at(quote)) continue;
    text.take(text.rest().substr(0, 1));
    text.take_while([quote](char c) { return c != quote; });
    if (text.at_end()) return false;
    text.take(text.rest().substr(0, 1));
    return true;
  }
  return std::ranges::any_of(variables, [&](auto variable) { return take_word(text, variable); });
}

bool take_operator(TextCursor& text) {
  if (std::ranges::any_of(comparisons, [&](auto one) { return text.take(one); })) return true;
  if (take_word(text, "in")) return true;
  if (!take_word(text, "not")) return false;
  text.skip_blanks();
  return take_word(text, "in");
}

std::string take_comparison(TextCursor& text) {
  if (!take_value(text)) return "expected a marker such as python_version >= \"3.8\" behind ';'";
  text.skip_blanks();
  if (!take_operator(text)) return "expected a comparison such as >= or in";
  text.skip_blanks();
  return take_value(text) ? "" : "expected text in quotes, or a marker's variable";
}

std::string take_marker(TextCursor& text, int depth);

std::string take_part(TextCursor& text, int depth) {
  text.skip_blanks();
  if (!text.take("(")) return take_comparison(text);
  if (depth == deepest) return "expected fewer parentheses in each other";
  if (auto reason = take_marker(text, depth + 1); !reason.empty()) return reason;
  return text.take(")") ? "" : "expected ')'";
}

std::string take_marker(TextCursor& text, int depth) {
  while (true) {
    if (auto reason = take_part(text, depth); !reason.empty()) return reason;
    text.skip_blanks();
    if (!take_word(text, "and") && !take_word(text, "or")) return "";
  }
}

}  // namespace

std::string take_requirement_marker(TextCursor& text) { return take_marker(text, 0); }

}  // namespace chainer
