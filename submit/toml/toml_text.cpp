#include "submit/toml/toml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/name_list.hpp"

namespace chainer::toml {
namespace {

std::string toml_string(std::string_view text) {
  std::string written = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      written += '\\';
      written += c;
    } else if (c == '\n') {
      written += "\\n";
    } else if (c == '\t') {
      written += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      written += fmt::format("\\u{:04X}", byte);
    } else {
      written += c;
    }
  }
  return written + '"';
}

bool is_bare(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c)) || c == '_';
  });
}

std::string text_of(const Array& array) {
  std::string text;
  for (const auto& element : array) append_name(text, toml_text(element.data));
  return "[" + text + "]";
}

std::string text_of(const Table& table) {
  std::string text;
  for (const auto& member : table) {
    append_name(text, fmt::format("{} = {}", toml_key(member.key), toml_text(member.value.data)));
  }
  return text.empty() ? "{}" : "{ " + text + " }";
}

std::string text_of(const std::string& text) { return toml_string(text); }
std::string text_of(std::int64_t number) { return std::to_string(number); }
/// Without a point or an exponent it would be read back as a whole number.
std::string text_of(double number) {
  auto text = fmt::format("{}", number);
  if (text.find_first_not_of("-0123456789") == text.npos) text += ".0";
  return text;
}
std::string text_of(bool flag) { return flag ? "true" : "false"; }
std::string text_of(const Date& date) { return toml_string(date.python); }

}  // namespace

std::string toml_text(const Data& data) {
  return std::visit([](const auto& value) { return text_of(value); }, data);
}

std::string toml_key(std::string_view key) {
  return is_bare(key) ? std::string(key) : toml_string(key);
}

}  // namespace chainer::toml
