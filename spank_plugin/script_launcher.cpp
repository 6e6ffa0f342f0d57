#include "spank_plugin/script_launcher.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "spank_plugin/own_program.hpp"

namespace chainer {
namespace {

bool is_same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// The descriptor that this process has of its own program, for starting it.
std::optional<int> slurms_launcher() {
  struct stat program {};
  if (::stat("/proc/self/exe", &program) != 0) return std::nullopt;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", failure)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !is_same_file(status, program)) continue;
    if ((::fcntl(fd, F_GETFL) & O_PATH) != 0) return fd;
  }
  return std::nullopt;
}

}  // namespace

Result<void> put_in_place_of_slurms_launcher(const std::string& helper) {
  const auto launcher = slurms_launcher();
  if (!launcher) return {};
  TRY_ASSIGN(const auto ours, open_program(program_beside(helper, "chainer-launcher")));
  if (::dup3(ours.get(), *launcher, O_CLOEXEC) < 0)
    return Error::from_errno("cannot let Slurm start prologs in the container", errno);
  return {};
}

}  // namespace chainer
