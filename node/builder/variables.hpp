// Environment variables as a value, so that nothing but main reads the process's own.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace chainer::builder {

using Variables = std::map<std::string, std::string, std::less<>>;

/// The value of a variable; empty when it is not set.
inline std::string value_of(const Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

/// Sets the first of these variables, which all mean the same, for a builder, unless the person set
/// one of them. An empty value sets nothing.
inline void set_unless(Variables& variables, std::initializer_list<std::string_view> names,
                       std::string value) {
  const auto is_set = [&](auto name) { return !value_of(variables, name).empty(); };
  if (value.empty() || std::ranges::any_of(names, is_set)) return;
  variables[std::string(*names.begin())] = std::move(value);
}

/// The process's environment, from `environ`, which main passes in. Where a name comes twice, the
/// first counts.
inline Variables variables_from(const char* const* entries) {
  Variables variables;
  for (; *entries != nullptr; ++entries) {
    const std::string_view entry = *entries;
    const auto equals = entry.find('=', 1);
    if (equals == std::string_view::npos) continue;
    variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

}  // namespace chainer::builder
