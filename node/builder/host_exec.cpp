#include "node/builder/host_exec.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace chainer::builder {
namespace {

constexpr int socket_fd = 3;  // where chainer-inside looks for it

[[noreturn]] void become(const char* program, int socket, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (::getppid() != parent) ::_exit(126);
  // Builds must not inherit the pipes to the store's side: they would stay open as long as a build
  // runs.
  if (::dup2(socket, socket_fd) < 0 || ::close_range(socket_fd + 1, ~0U, 0) != 0) ::_exit(126);
  ::fcntl(socket_fd, F_SETFD, 0);  // dup2 keeps the flag where both numbers are the same
  ::execl(program, "chainer-inside", nullptr);
  ::_exit(127);
}

}  // namespace

Result<UniqueFd> start_host_exec(const std::string& tools) {
  const auto program = tools + "/chainer-inside";
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Error::from_errno("cannot make a socket", errno);
  UniqueFd ours(ends[0]), theirs(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return Error::from_errno("cannot start " + program, errno);
  if (child == 0) become(program.c_str(), theirs.get(), parent);
  return ours;
}

}  // namespace chainer::builder
