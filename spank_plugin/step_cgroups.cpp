#include "spank_plugin/step_cgroups.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "core/fd_io.hpp"
#include "core/take_part.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::string_view mount_point = "/sys/fs/cgroup";
constexpr std::size_t longest_list = 64 * 1024;

}  // namespace

std::vector<std::string> folders_of_cgroups(std::string_view text) {
  std::vector<std::string> folders;
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto first = line.find(':');  // NUMBER:CONTROLLERS:PATH
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    auto controllers = line.substr(first + 1, second - first - 1);
    const auto path = line.substr(second + 1);
    if (path == "/") continue;
    constexpr std::string_view named = "name=";
    if (controllers.starts_with(named)) controllers.remove_prefix(named.size());
    folders.push_back(std::string(mount_point) +
                      (controllers.empty() ? "" : "/" + std::string(controllers)) +
                      std::string(path));
  }
  return folders;
}

StepCgroups StepCgroups::of(pid_t process) {
  StepCgroups cgroups;
  const auto path = "/proc/" + std::to_string(process) + "/cgroup";
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto text = file ? read_all(file.get(), longest_list) : Result<std::string>(std::string());
  if (text) cgroups.folders_ = folders_of_cgroups(*text);
  return cgroups;
}

Result<void> StepCgroups::join() const {
  for (const auto& folder : folders_) {
    const auto list = folder + "/cgroup.procs";
    const UniqueFd file(::open(list.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) return Error::from_errno("cannot open " + list, errno);
    TRY(write_all(file.get(), "0"));  // whoever writes
  }
  return {};
}

}  // namespace chainer
