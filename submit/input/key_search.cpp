#include "submit/input/key_search.hpp"

#include <algorithm>
#include <cctype>

namespace chainer::input {
namespace {

/// Whether `word` is in the row's list.
bool holds_word(std::string_view list, std::string_view word) {
  const auto words = words_of(list);
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::optional<ListedKey> find_key(std::string_view name) {
  const auto keys = all_keys();
  if (name.starts_with('_')) name.remove_prefix(1);
  for (const auto& key : keys) {
    if (key.full_name() == name) return key;
  }
  const auto same_name = [&](const ListedKey& key) { return key.info.name == name; };
  if (std::ranges::count_if(keys, same_name) != 1) return std::nullopt;
  return *std::ranges::find_if(keys, same_name);
}

std::string meant_by(std::string_view word) {
  std::string wanted;
  for (const char c : word.starts_with('_') ? word.substr(1) : word) {
    wanted += c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const auto& key : all_keys()) {
    if (!key.info.newer.empty()) continue;
    if (key.info.name == wanted || holds_word(key.info.also, wanted)) return key.full_name();
  }
  return {};
}

}  // namespace chainer::input
