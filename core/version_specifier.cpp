#include "core/version_specifier.hpp"

#include <algorithm>
#include <array>

namespace chainer {
namespace {

// The longest first: `===` begins as `==` does.
constexpr std::array<std::string_view, 8> operators{"===", "~=", "==", "!=", "<=", ">=", "<", ">"};

bool take_in_any_case(TextCursor& text, std::string_view word) {
  const auto next = text.rest().substr(0, word.size());
  return std::ranges::equal(next, word, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }) &&
         text.take(next);
}

bool take_number(TextCursor& text) { return !text.take_while(is_digit).empty(); }

void take_separator(TextCursor& text) {
  if (text.at('-') || text.at('_') || text.at('.')) text.take(text.rest().substr(0, 1));
}

/// Takes `[-_.]WORD[-_.]N`, both separators and the number optional, for the first word that fits.
template <std::size_t N>
bool take_suffix(TextCursor& text, const std::array<std::string_view, N>& words) {
  auto ahead = text;
  take_separator(ahead);
  if (!std::ranges::any_of(words, [&](auto word) { return take_in_any_case(ahead, word); }))
    return false;
  auto number = ahead;
  take_separator(number);
  text = take_number(number) ? number : ahead;
  return true;
}

/// Takes `-N`, which means the same as `.postN`.
bool take_short_post(TextCursor& text) {
  auto ahead = text;
  if (!ahead.take("-") || !take_number(ahead)) return false;
  text = ahead;
  return true;
}

void take_suffixes(TextCursor& text) {
  take_suffix(text, std::array<std::string_view, 8>{"alpha", "beta", "preview", "pre", "a", "b",
                                                    "c", "rc"});
  if (!take_short_post(text)) {
    take_suffix(text, std::array<std::string_view, 3>{"post", "rev", "r"});
  }
  take_suffix(text, std::array<std::string_view, 1>{"dev"});
}

bool take_local(TextCursor& text) {
  if (!text.take("+")) return true;
  while (true) {
    if (text.take_while(is_letter_or_digit).empty()) return false;
    if (!text.at('-') && !text.at('_') && !text.at('.')) return true;
    take_separator(text);
  }
}

/// How many numbers `1.2.3` has; 0 when there is none.
int take_release(TextCursor& text) {
  take_in_any_case(text, "v");
  auto epoch = text;
  if (take_number(epoch) && epoch.take("!")) text = epoch;
  if (!take_number(text)) return 0;
  for (int numbers = 1;; ++numbers) {
    auto ahead = text;
    if (!ahead.take(".") || !take_number(ahead)) return numbers;
    text = ahead;
  }
}

bool ends_version(const TextCursor& text) {
  return text.at_end() || is_blank(text.rest().front()) ||
         std::string_view(",;)").find(text.rest().front()) != std::string_view::npos;
}

std::string take_version(TextCursor& text, std::string_view op) {
  const bool is_equality = op == "==" || op == "!=";
  const auto numbers = take_release(text);
  if (numbers == 0) return "expected a version behind '" + std::string(op) + "'";
  if (text.take(".*")) {
    if (!is_equality) return "'.*' goes with == and != alone";
    return ends_version(text) ? "" : "expected nothing behind '.*'";
  }
  take_suffixes(text);
  if (text.at('+')) {
    if (!is_equality) return "a local version ('+…') goes with == and != alone";
    if (!take_local(text)) return "expected letters or digits behind '+'";
  }
  if (op == "~=" && numbers < 2) return "'~=' takes a version of two numbers or more, such as 1.2";
  if (!ends_version(text))
    return "expected the end of the version at '" + std::string(text.rest().substr(0, 20)) + "'";
  return "";
}

}  // namespace

std::string take_version_specifier(TextCursor& text) {
  const auto op = std::ranges::find_if(operators, [&](auto one) { return text.take(one); });
  if (op == operators.end()) {
    return text.at('=') ? "a version is compared with '==', not with '='"
                        : "expected a version such as ==1.2";
  }
  text.skip_blanks();
  if (*op != "===") return take_version(text, *op);
  const auto taken =
      text.take_while([](char c) { return !is_blank(c) && c != ';' && c != ')' && c != ','; });
  return taken.empty() ? "expected a version behind '==='" : "";
}

}  // namespace chainer
