// Names with commas between them, as options take them and people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainer {

/// The names as they stand; none for an empty text.
inline std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> list;
  while (!names.empty()) {
    const auto comma = names.find(',');
    list.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return list;
}

/// Adds a name to a list for people: `a, b`.
inline void append_name(std::string& list, std::string_view name) {
  if (!list.empty()) list += ", ";
  list += name;
}

inline std::string join_names(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) append_name(list, name);
  return list;
}

}  // namespace chainer
