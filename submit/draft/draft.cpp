#include "submit/draft/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/take_part.hpp"

namespace chainer::draft {
namespace {

std::string commented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto line = take_line(text);
    lines += fmt::format("# {}\n", line);
  }
  return lines;
}

}  // namespace

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
      text += fmt::format("{} = {}\n", toml::toml_key(key.name), toml::toml_text(key.data));
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
