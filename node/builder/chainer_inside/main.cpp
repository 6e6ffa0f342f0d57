// chainer-inside: runs programs inside an image for the user's side, which is outside of it.
//
// Linked statically, since it runs on whatever the image holds. The plugin starts it as the job's
// user in the image's mount namespace, with the socket of exec_protocol.hpp as descriptor 3.
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/argument_array.hpp"
#include "core/child_end.hpp"
#include "core/syscall_filter.hpp"
#include "core/unique_fd.hpp"
#include "node/builder/chainer_inside/exec_protocol.hpp"

namespace chainer::builder {
namespace {

constexpr int socket_fd = 3;
constexpr char image_conf[] = "/opt/chainer/image.conf";

struct Received {
  std::string packet;
  std::vector<UniqueFd> fds;
  bool whole{true};  ///< false when packet or descriptors did not fit
};

std::vector<UniqueFd> take_fds(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

/// The next packet; empty at the end of the stream.
std::optional<Received> receive() {
  Received received;
  received.packet.resize(exec_protocol::largest_packet);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(8 * sizeof(int))> control{};
  iovec bytes{received.packet.data(), received.packet.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();

  const ssize_t size = ::recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
  if (size <= 0) return std::nullopt;
  received.packet.resize(static_cast<std::size_t>(size));
  received.fds = take_fds(message);
  received.whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  return received;
}

void send_reply(int error_number, int wait_status) {
  const exec_protocol::Reply reply{exec_protocol::magic, error_number, wait_status};
  ::send(socket_fd, &reply, sizeof reply, MSG_NOSIGNAL);  // a peer that is gone shows in receive
}

void greet() {
  std::string conf(exec_protocol::largest_packet / 16, '\0');
  const UniqueFd fd(::open(image_conf, O_RDONLY | O_CLOEXEC));
  const ssize_t size = fd ? ::read(fd.get(), conf.data(), conf.size()) : 0;
  // An empty packet would read like the end of the stream, so one NUL always ends the records.
  conf.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  conf += '\0';
  ::send(socket_fd, conf.data(), conf.size(), MSG_NOSIGNAL);
}

struct Spawned {
  int error_number{0};
  pid_t child{-1};
};

/// Starts the program in a process group of its own, with no input and an empty signal mask.
Spawned spawn(const exec_protocol::Request& request, int out, int err) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);

  posix_spawnattr_t attributes;
  sigset_t empty;
  ::sigemptyset(&empty);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setsigmask(&attributes, &empty);

  const auto argv = chainer::argument_array(request.argv);
  const auto environment = chainer::argument_array(request.environment);
  Spawned spawned;
  spawned.error_number = ::posix_spawn(&spawned.child, argv[0], &actions, &attributes, argv.data(),
                                       environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return spawned;
}

/// Ends what the program left running, so that nobody writes to the environment any more, then
/// reaps it: until it is reaped, nobody else can get this group's number.
int reap(pid_t child) {
  ::kill(-child, SIGKILL);
  return wait_for_end(child);
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

/// Waits for the program; its wait status, or empty when we were told to end first.
std::optional<int> wait_for(pid_t child, int signals) {
  while (true) {
    std::array<pollfd, 2> watched{pollfd{socket_fd, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return std::nullopt;
    // No request comes while a program runs: whatever arrives now is the end of the stream.
    if (watched[0].revents != 0) return std::nullopt;

    signalfd_siginfo signal{};
    if (::read(signals, &signal, sizeof signal) < 0) continue;
    if (signal.ssi_signo != SIGCHLD) return std::nullopt;
    if (has_ended(child)) return reap(child);
  }
}

enum class Next { serve, end };

Next serve(Received received, int signals) {
  auto request = exec_protocol::decode(received.packet);
  if (!request || !received.whole || received.fds.size() != 2) {
    send_reply(EBADMSG, 0);
    return Next::serve;
  }
  const auto spawned = spawn(*request, received.fds[0].get(), received.fds[1].get());
  received.fds.clear();  // the program alone holds them now: its reader sees the end of its output
  if (spawned.error_number != 0) {
    send_reply(spawned.error_number, 0);
    return Next::serve;
  }
  const auto wait_status = wait_for(spawned.child, signals);
  if (!wait_status) {
    reap(spawned.child);
    return Next::end;
  }
  send_reply(0, *wait_status);
  return Next::serve;
}

/// SIGCHLD and the signals that end us, as a descriptor to poll.
UniqueFd take_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// Waits for a request while no program runs; true when there is one, false when it is time to end.
bool request_waits(int signals) {
  while (true) {
    std::array<pollfd, 2> watched{pollfd{socket_fd, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return false;
    signalfd_siginfo signal{};
    if (::read(signals, &signal, sizeof signal) > 0 && signal.ssi_signo != SIGCHLD) return false;
    if (watched[0].revents != 0) return true;
  }
}

int run() {
  ::close_range(socket_fd, ~0U, CLOSE_RANGE_CLOEXEC);  // programs get their three descriptors only
  const UniqueFd signals = take_signals();
  if (!signals || ::chdir("/") != 0) return 1;
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // What a build runs is the user's own choice: without the filter it is merely less confined.
  static_cast<void>(give_up_system_calls(Confinement::builder));
  greet();
  while (request_waits(signals.get())) {
    auto received = receive();
    if (!received || serve(std::move(*received), signals.get()) == Next::end) break;
  }
  return 0;
}

}  // namespace
}  // namespace chainer::builder

int main() { return chainer::builder::run(); }
