#include "submit/toml/toml_syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace chainer::toml {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t longest_suggestion = 60;

bool says(std::string_view said, std::string_view words) {
  return said.find(words) != std::string_view::npos;
}

/// toml++ says "Error while parsing value: …", and what shows the message adds "error:" itself.
std::string as_message(std::string_view said) {
  constexpr std::string_view head = "Error ";
  if (said.starts_with(head)) said.remove_prefix(head.size());
  std::string message(said);
  if (!message.empty()) {
    message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  }
  return message;
}

/// Whether the parser started to read a number or a word and found something else.
bool could_be_bare_text(std::string_view said) {
  constexpr std::array kinds{"boolean: expected",         "floating-point: expected",
                             "decimal integer: expected", "hexadecimal integer: expected",
                             "octal integer: expected",   "binary integer: expected",
                             "value: could not determine"};
  return std::ranges::any_of(kinds, [&](const char* kind) { return says(said, kind); });
}

std::string_view without_blanks_at_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(blanks) + 1);  // npos + 1 is 0
}

/// The unquoted text at column `column` of `line`; empty when no value begins there.
std::string_view bare_text_at(std::string_view line, std::uint32_t column) {
  const auto caret = std::min<std::size_t>(column - 1, line.size());
  const auto before = line.substr(0, caret).find_last_of("=,[{ \t\"'");
  const auto start = before == std::string_view::npos ? 0 : before + 1;
  const auto head = without_blanks_at_end(line.substr(0, start));
  if (head.empty() || std::string_view("=,[").find(head.back()) == std::string_view::npos)
    return {};
  const bool is_inside = head.find_first_of("[{") != std::string_view::npos;
  const auto rest = line.substr(start);
  if (rest.starts_with('=')) return {};
  return without_blanks_at_end(rest.substr(0, rest.find_first_of(is_inside ? ",]}#" : "#")));
}

bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(
      text, word, [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::string hint_for_bare_text(std::string_view text) {
  if (is_word(text, "true") || is_word(text, "false")) {
    return "true and false are written in lower case";
  }
  if (is_word(text, "yes") || is_word(text, "no") || is_word(text, "on") || is_word(text, "off")) {
    return "write true or false, or put text in quotes";
  }
  if (text.starts_with("“") || text.starts_with("”") || text.starts_with("‘")) {
    return "the quotes of TOML are straight: \" or '";
  }
  if (text.size() > longest_suggestion) return "text needs quotes";
  const char quote = text.find_first_of("\"\\") == std::string_view::npos ? '"' : '\'';
  return fmt::format("text needs quotes: {0}{1}{0}", quote, text);
}

std::string hint_for(std::string_view said) {
  if (says(said, "unknown escape sequence")) return "in single quotes a backslash is a backslash";
  if (says(said, "pair: expected '='")) return "a key and its value are written KEY = VALUE";
  if (says(said, "inline table: expected key or closing '}', saw '\\n'")) {
    return "a table in { } stands on one line; one under a [heading] may have many";
  }
  return {};
}

}  // namespace

Finding syntax_error(std::string_view said, const std::string& file, Position at,
                     const SourceText& source) {
  const auto line = source.line(at.line);
  // A key that is there twice is noticed after its value, but the caret belongs under the key.
  if (says(said, "cannot redefine")) {
    const auto first = std::min(line.find_first_not_of(blanks), line.size());
    at.column = static_cast<std::uint32_t>(first + 1);
  }
  const auto text = could_be_bare_text(said) ? bare_text_at(line, at.column) : std::string_view{};
  if (text.empty()) return {file, at, Severity::error, as_message(said), hint_for(said)};
  at.column = static_cast<std::uint32_t>(text.data() - line.data() + 1);
  return {file, at, Severity::error, fmt::format("expected a value, saw '{}'", text),
          hint_for_bare_text(text)};
}

}  // namespace chainer::toml
