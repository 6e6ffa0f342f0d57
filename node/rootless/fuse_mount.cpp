#include "node/rootless/fuse_mount.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sstream>

#include "core/argument_array.hpp"
#include "core/container/place.hpp"
#include "core/unique_fd.hpp"

namespace chainer::rootless {
namespace {

constexpr char device[] = "/dev/fuse";
constexpr timespec look_every{0, 2'000'000};
constexpr int most_looks = 5000;  // ten seconds

/// Which mount `folder` shows now; nothing where it cannot be told.
std::optional<std::uint64_t> mount_at(const std::string& folder) {
  const UniqueFd place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return place ? mount_of_place(place.get()) : std::nullopt;
}

/// In the child, which has a session of its own: Ctrl-C is for the program alone.
[[noreturn]] void serve(const std::string& program, const std::string& file,
                        const std::string& folder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  const std::vector<std::string> arguments{program, "-f", "-o", "ro,nosuid,nodev", file, folder};
  const std::vector<std::string> environment{"LANG=C.UTF-8"};
  ::execve(program.c_str(), argument_array(arguments).data(), argument_array(environment).data());
  ::_exit(127);
}

}  // namespace

std::optional<std::string> find_squashfuse(const std::string& folders) {
  if (::access(device, R_OK | W_OK) != 0) return std::nullopt;
  for (const auto* name : {"squashfuse_ll", "squashfuse"}) {
    std::istringstream list(folders);
    for (std::string folder; std::getline(list, folder, ':');) {
      const auto program = folder + "/" + name;
      if (folder.starts_with('/') && ::access(program.c_str(), X_OK) == 0) return program;
    }
  }
  return std::nullopt;
}

Result<void> mount_by_fuse(const std::string& program, const std::string& file,
                           const std::string& folder) {
  const auto before = mount_at(folder);
  const pid_t child = ::fork();
  if (child < 0) return Error::from_errno("cannot start " + program, errno, Fault::try_again);
  if (child == 0) serve(program, file, folder);
  for (int look = 0; look < most_looks; ++look) {
    const auto now = mount_at(folder);
    if (now && now != before) return {};
    if (::waitpid(child, nullptr, WNOHANG) == child) break;
    ::nanosleep(&look_every, nullptr);
  }
  return Error{"cannot mount the image: " + program + " did not mount " + file,
               "look above for what it says; --unpack does without it"};
}

}  // namespace chainer::rootless
