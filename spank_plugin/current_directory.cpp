#include "spank_plugin/current_directory.hpp"

#include <unistd.h>

#include <array>
#include <climits>

namespace chainer {

std::string current_directory() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/cwd", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "/";
}

}  // namespace chainer
