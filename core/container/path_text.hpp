// Absolute paths as texts.
#pragma once

#include <string>
#include <string_view>

namespace chainer {

/// Whether `path` is `folder` or lies below it.
inline bool lies_in(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

inline std::string parent_of(std::string_view path) {
  const auto slash = path.find_last_of('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

/// A relative `path` resolved from `folder`.
inline std::string absolute(std::string_view path, std::string_view folder) {
  if (path.starts_with('/')) return std::string(path);
  return std::string(folder) + "/" + std::string(path);
}

/// One slash where several follow each other, and none at the end.
inline std::string without_extra_slashes(std::string_view path) {
  std::string plain;
  for (const char c : path) {
    if (c != '/' || !plain.ends_with('/')) plain += c;
  }
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  return plain;
}

}  // namespace chainer
