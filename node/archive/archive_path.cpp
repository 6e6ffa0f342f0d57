#include "node/archive/archive_path.hpp"

#include <climits>

namespace chainer::archive {
namespace {

Error malformed(std::string what) { return {std::move(what), "", 0, Fault::user}; }

}  // namespace

Result<std::vector<std::string_view>> split_path(std::string_view path) {
  if (path.size() >= PATH_MAX) {
    return malformed("a path of " + std::to_string(path.size()) + " bytes is too long");
  }
  std::vector<std::string_view> names;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto name = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (!names.empty()) names.pop_back();
      continue;
    }
    if (name.size() > NAME_MAX) {
      return malformed("a name of " + std::to_string(name.size()) + " bytes is too long");
    }
    names.push_back(name);
  }
  return names;
}

std::string join_path(const std::vector<std::string_view>& names) {
  std::string path;
  for (const auto name : names) {
    if (!path.empty()) path += '/';
    path += name;
  }
  return path;
}

}  // namespace chainer::archive
