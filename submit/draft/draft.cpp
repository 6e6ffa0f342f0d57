#include "submit/draft/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "submit/plan/python_text.hpp"

namespace chainer::draft {
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

std::string key_text(std::string_view key) {
  return is_bare(key) ? std::string(key) : toml_string(key);
}

std::string text_of(const toml::Array& array) {
  std::string text;
  for (const auto& element : array) text += (text.empty() ? "" : ", ") + toml_text(element.data);
  return "[" + text + "]";
}

std::string text_of(const toml::Table& table) {
  std::string text;
  for (const auto& member : table) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", key_text(member.key),
                        toml_text(member.value.data));
  }
  return "{ " + text + " }";
}

std::string text_of(const std::string& text) { return toml_string(text); }
std::string text_of(std::int64_t number) { return std::to_string(number); }
std::string text_of(double number) { return plan::python_float(number); }
std::string text_of(bool flag) { return flag ? "true" : "false"; }
std::string text_of(const toml::Date& date) { return toml_string(date.python); }

std::string commented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    lines += fmt::format("# {}\n", line);
  }
  return lines;
}

}  // namespace

std::string toml_text(const Data& data) {
  return std::visit([](const auto& value) { return text_of(value); }, data);
}

void Draft::say(const std::string& text) { head_ += commented(text); }

void Draft::set(std::vector<Key>& keys, std::string_view key, Data data, std::string comment) {
  const auto known = std::ranges::find(keys, key, &Key::name);
  if (known == keys.end())
    keys.push_back({std::string(key), std::move(data), std::move(comment)});
  else
    *known = {std::string(key), std::move(data), std::move(comment)};
}

void Draft::set(std::string_view key, Data data, std::string comment) {
  set(keys_, key, std::move(data), std::move(comment));
}

void Draft::set_in(std::string_view table, std::string_view key, Data data, std::string comment) {
  auto known = std::ranges::find(tables_, table, &Table::name);
  if (known == tables_.end()) known = tables_.insert(known, {std::string(table), {}});
  set(known->keys, key, std::move(data), std::move(comment));
}

const Data* Draft::find(std::string_view key) const {
  const auto known = std::ranges::find(keys_, key, &Key::name);
  return known == keys_.end() ? nullptr : &known->data;
}

std::string Draft::text() const {
  auto text = head_;
  const auto add = [&](const std::vector<Key>& keys) {
    for (const auto& key : keys) {
      text += commented(key.comment);
      text += fmt::format("{} = {}\n", key_text(key.name), toml_text(key.data));
    }
  };
  if (!text.empty()) text += '\n';
  add(keys_);
  for (const auto& table : tables_) {
    text += fmt::format("\n[{}]\n", table.name);
    add(table.keys);
  }
  return text;
}

}  // namespace chainer::draft
