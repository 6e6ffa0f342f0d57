#include "spank_plugin/variables.hpp"

#include "spank_plugin/carried_options.hpp"

namespace chainer {

std::optional<std::string> variable_of(char* const* environment, std::string_view name) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return std::string(entry.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

std::vector<std::string> names_of(char* const* environment) {
  std::vector<std::string> names;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    names.emplace_back(entry.substr(0, entry.find('=')));
  }
  return names;
}

std::vector<char*> our_variables(char* const* environment) {
  std::vector<char*> ours;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (entry.starts_with("CHAINER_SUBMIT_") || entry.starts_with(carried_variable))
      ours.push_back(*environment);
  }
  if (!ours.empty()) ours.push_back(nullptr);
  return ours;
}

}  // namespace chainer
