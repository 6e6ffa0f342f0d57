#include "spank_plugin/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace chainer {
namespace {

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

/// The topmost folder on the way to `path` that this account may not enter; empty when there is
/// none.
std::string closed_folder_above(const std::string& path) {
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const auto folder = path.substr(0, slash);
    if (::access(folder.c_str(), X_OK) != 0 && errno == EACCES) return folder;
  }
  return {};
}

Error is_closed(const std::string& path, const std::string& folder) {
  return Error::from_errno(
             "cannot start " + path + ": the image keeps its folder " + folder + " to its owner",
             EACCES, Fault::user)
      .with_hint(
          "add --chainer-writable, with which the image's files are yours, or make the image anew "
          "with the program in a folder of mode 0755");
}

Error is_not_executable(const std::string& path) {
  return Error::from_errno("cannot start " + path + ": it is not executable", EACCES, Fault::user)
      .with_hint("make it so (chmod +x), or name what runs it first: python " + path);
}

}  // namespace

bool names_several_programs(const std::vector<std::string>& words) {
  if (words.size() < 2) return false;
  const std::string_view text = words[1];
  const bool starts_with_tasks = text.starts_with('*') || text.find_first_of("0123456789") == 0;
  return text.find('\n') != std::string_view::npos ||
         (starts_with_tasks && text.find_first_of(" \t") != std::string_view::npos);
}

std::string place_of_program(const std::string& name, const std::string& path_variable) {
  if (name.starts_with('/') || name.starts_with('.')) return name;
  std::string_view rest = path_variable;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    const auto path = std::string(folder) + "/" + name;
    if (!folder.empty() && is_file(path)) return path;
  }
  return {};
}

Result<void> check_program(const std::vector<std::string>& words,
                           const std::string& path_variable) {
  if (words.empty() || names_several_programs(words)) return {};
  const auto path = place_of_program(words[0], path_variable);
  // A path that ends with a slash is srun --bcast's, which names the file itself.
  if (path.empty() || path.ends_with('/') || ::access(path.c_str(), X_OK) == 0 || errno != EACCES)
    return {};
  const auto closed = closed_folder_above(path);
  return closed.empty() ? is_not_executable(path) : is_closed(path, closed);
}

}  // namespace chainer
