#include "spank_plugin/roots_mounts.hpp"

#include <fcntl.h>

#include <algorithm>
#include <string>

#include "core/container/place.hpp"
#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_table = 16 * 1024 * 1024;

std::string table_of_mounts() {
  const UniqueFd file(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  auto text = file ? read_all(file.get(), largest_table) : Result<std::string>(Error{""});
  return text ? *std::move(text) : std::string();
}

}  // namespace

RootsMounts RootsMounts::known_at_first() {
  const UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return RootsMounts(root.get());
}

RootsMounts::RootsMounts(int root) {
  if (const auto mount = mount_of_place(root)) known_.push_back(*mount);
}

bool RootsMounts::include(int place) {
  const auto mount = mount_of_place(place);
  if (!mount) return false;
  if (std::ranges::find(known_, *mount) != known_.end()) return true;
  if (is_mounted_by_a_user(*mount, table_of_mounts())) return false;
  known_.push_back(*mount);
  return true;
}

}  // namespace chainer
