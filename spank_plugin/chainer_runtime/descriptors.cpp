#include "spank_plugin/chainer_runtime/descriptors.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr int first = STDERR_FILENO + 1;

bool is_inherited(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

/// The last one that outlives an exec.
int last_descriptor() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  int last = STDERR_FILENO;
  if (!folder) return last;
  while (const dirent* entry = ::readdir(folder.get())) {
    const int fd = std::atoi(entry->d_name);
    if (is_inherited(fd)) last = std::max(last, fd);
  }
  return last;
}

Result<void> fill(int fd) {
  const int nothing = ::open("/dev/null", O_RDWR);
  if (nothing < 0) return Error::from_errno("cannot open /dev/null", errno);
  if (nothing == fd) return {};
  const UniqueFd extra(nothing);
  if (::dup2(nothing, fd) < 0) return Error::from_errno("cannot copy a descriptor", errno);
  return {};
}

/// Whether there was one to give up. The kernel hangs up on those who had it, which is this task
/// alone.
bool gives_terminal_up() {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal) return false;
  const auto before = ::signal(SIGHUP, SIG_IGN);
  const bool given = ::ioctl(terminal.get(), TIOCNOTTY) == 0;
  ::signal(SIGHUP, before);
  return given;
}

}  // namespace

Result<Handover> gather_descriptors() {
  rlimit open_files{};
  ::getrlimit(RLIMIT_NOFILE, &open_files);
  Handover handover{::getuid(), ::getgid(), static_cast<unsigned>(open_files.rlim_cur),
                    last_descriptor() + 1, gives_terminal_up()};
  for (int fd = first; fd < handover.streams; ++fd) {
    if (is_inherited(fd)) continue;
    TRY(fill(fd));
    handover.fillers.push_back(fd);
  }
  for (int stream = 0; stream < first; ++stream) {
    // A task may have been started without one of them.
    if (::dup2(stream, handover.streams + stream) >= 0) continue;
    TRY(fill(handover.streams + stream));
  }
  return handover;
}

int number_of_descriptors(const Handover& handover) { return handover.streams; }

Result<void> take_descriptors(const Handover& handover) {
  for (int stream = 0; stream < first; ++stream) {
    const UniqueFd own(handover.streams + stream);
    if (::dup2(own.get(), stream) < 0)
      return Error::from_errno("cannot take over the task's standard streams", errno);
  }
  for (const int filler : handover.fillers) ::close(filler);
  rlimit open_files{};
  ::getrlimit(RLIMIT_NOFILE, &open_files);
  open_files.rlim_cur = std::min<rlim_t>(handover.open_files, open_files.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &open_files);
  if (!handover.has_terminal) return {};
  if (::getsid(0) != ::getpid()) ::setsid();
  if (::ioctl(STDIN_FILENO, TIOCSCTTY, 0) != 0)
    return Error::from_errno("cannot take over the task's terminal", errno);
  return {};
}

}  // namespace chainer
