#include "core/requirement.hpp"

#include <algorithm>

#include "core/requirement_marker.hpp"
#include "core/text_cursor.hpp"
#include "core/version_specifier.hpp"

namespace chainer {
namespace {

bool is_separator(char c) { return c == '-' || c == '_' || c == '.'; }

std::string_view take_name(TextCursor& text) {
  return text.take_while([](char c) { return is_letter_or_digit(c) || is_separator(c); });
}

bool is_name(std::string_view name) {
  return !name.empty() && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back());
}

std::string normalised(std::string_view name) {
  std::string package;
  for (const char c : name) {
    if (!is_separator(c))
      package += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    else if (package.back() != '-')
      package += '-';
  }
  return package;
}

std::string take_extras(TextCursor& text) {
  if (!text.take("[")) return "";
  text.skip_blanks();
  if (text.take("]")) return "";
  while (true) {
    text.skip_blanks();
    if (!is_name(take_name(text))) return "expected the name of an extra between '[' and ']'";
    text.skip_blanks();
    if (text.take("]")) return "";
    if (!text.take(",")) return "expected ',' or ']' behind the name of an extra";
  }
}

std::string take_conditions(TextCursor& text) {
  while (true) {
    text.skip_blanks();
    if (auto reason = take_version_specifier(text); !reason.empty()) return reason;
    text.skip_blanks();
    if (!text.take(",")) return "";
    text.skip_blanks();
    if (text.at_end() || text.at(';') || text.at(')'))
      return "";  // pip and uv let a comma end the list
  }
}

std::string take_versions(TextCursor& text, std::string& conditions) {
  const bool in_parentheses = text.take("(");
  const auto from = text.rest();
  if (auto reason = take_conditions(text); !reason.empty()) return reason;
  conditions = from.substr(0, from.size() - text.rest().size());
  return !in_parentheses || text.take(")") ? "" : "expected ')' behind the version";
}

std::string take_url(TextCursor& text, std::string& url) {
  text.skip_blanks();
  url = text.take_while([](char c) { return !is_blank(c); });
  if (url.empty()) return "expected a URL behind '@'";
  if (url.find("://") == std::string::npos && !is_local_path(url)) {
    return "expected a URL behind '@', not '" + url + "'";
  }
  return "";
}

Error refused(std::string_view text, const std::string& reason) {
  return {"'" + std::string(text) + "' is not a requirement: " + reason,
          "a requirement is a package and a version, such as scikit-learn>=1.2", 0, Fault::user};
}

}  // namespace

Result<Requirement> Requirement::parse(std::string_view whole) {
  // A line end would make more lines of the file that the requirement is written into.
  if (!is_one_line(whole)) return refused(whole, "expected one line of text");
  TextCursor text(whole);
  text.skip_blanks();
  const auto name = take_name(text);
  if (!is_name(name)) return refused(whole, "expected the name of a package");
  Requirement requirement;
  requirement.package_ = normalised(name);

  text.skip_blanks();
  if (auto reason = take_extras(text); !reason.empty()) return refused(whole, reason);
  text.skip_blanks();
  if (text.take("@")) {
    requirement.names_version_ = true;
    if (auto reason = take_url(text, requirement.url_); !reason.empty()) {
      return refused(whole, reason);
    }
  } else if (!text.at_end() && !text.at(';')) {
    requirement.names_version_ = true;
    if (auto reason = take_versions(text, requirement.conditions_); !reason.empty()) {
      return refused(whole, reason);
    }
  }
  text.skip_blanks();
  if (text.take(";")) {
    if (auto reason = take_requirement_marker(text); !reason.empty()) return refused(whole, reason);
    text.skip_blanks();
  }
  if (!text.at_end()) {
    return refused(whole, "expected its end at '" + std::string(text.rest().substr(0, 20)) + "'");
  }
  return requirement;
}

bool is_local_path(std::string_view text) {
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    TextCursor name(text.substr(0, at));
    name.skip_blanks();
    const bool is_named = is_name(take_name(name));
    name.skip_blanks();
    if (is_named && take_extras(name).empty()) {
      name.skip_blanks();
      if (name.at_end()) text.remove_prefix(at + 1);
    }
  }
  TextCursor path(text);
  path.skip_blanks();
  return path.at('.') || path.at('/') || path.at('~') || path.take("file:");
}

std::string_view without_options(std::string_view line) {
  for (std::size_t at = 1; at < line.size(); ++at) {
    if (line[at] == '-' && is_blank(line[at - 1])) return line.substr(0, at - 1);
  }
  return line;
}

}  // namespace chainer
