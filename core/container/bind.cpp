#include "core/container/bind.hpp"

#include <algorithm>
#include <iterator>

#include "core/container/path_text.hpp"

namespace chainer {

/// A job may run in a folder of the host's system, such as /usr/share; the container has the
/// image's.
bool belongs_to_the_system(std::string_view path) {
  constexpr std::string_view folders[] = {"bin",    "boot", "dev", "etc",  "lib", "lib32", "lib64",
                                          "libx32", "proc", "run", "sbin", "sys", "usr"};
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto first = path.substr(0, path.find('/'));
  return first.empty() || std::ranges::find(folders, first) != std::end(folders);
}

bool is_shown(std::string_view path, const std::vector<Bind>& binds) {
  return std::ranges::any_of(binds, [&](const Bind& bind) {
    return bind.kind == Bind::Kind::directory && lies_in(path, bind.destination);
  });
}

std::vector<std::string> folders_of_user(const std::vector<Bind>& of_host, const std::string& home,
                                         const std::string& working_directory) {
  std::vector<std::string> folders;
  const bool has_home = !belongs_to_the_system(home);
  const bool in_home = has_home && lies_in(working_directory, home);
  if (has_home && !(in_home && is_shown(home, of_host))) folders.push_back(home);
  if (!belongs_to_the_system(working_directory) && !in_home &&
      !is_shown(working_directory, of_host))
    folders.push_back(working_directory);
  return folders;
}

}  // namespace chainer
