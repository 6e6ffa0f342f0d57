#include "spank_plugin/namespace_builder.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/fd_message.hpp"
#include "core/result.hpp"
#include "core/take_part.hpp"
#include "spank_plugin/child.hpp"

namespace chainer {
namespace {

// What the child says: "m" with the descriptor of what it made, or an error as lines of "e" and its
// number, its fault, what, hint.
constexpr char made_letter = 'm';
constexpr char error_letter = 'e';

std::string encode(const Error& error) {
  std::string text = error_letter + std::to_string(error.error_number) + '\0' +
                     std::to_string(static_cast<int>(error.fault)) + '\0' + error.what + '\0' +
                     error.hint;
  text.resize(std::min(text.size(), longest_message_text));
  return text;
}

std::string next_field(std::string_view& text) { return std::string(take_part(text, '\0')); }

Error decode(std::string_view text) {
  text.remove_prefix(1);
  Error error{""};
  error.error_number = std::atoi(next_field(text).c_str());
  error.fault = static_cast<Fault>(std::clamp(std::atoi(next_field(text).c_str()), 0, 3));
  error.what = next_field(text);
  error.hint = next_field(text);
  return error;
}

struct Identity {
  unsigned device_major, device_minor;
  std::uint64_t inode, mount;
  bool operator==(const Identity&) const = default;
};

/// Identifies a place and its mount; nothing where the kernel does not say (before 5.8).
std::optional<Identity> identity_of(int fd) {
  struct statx status {};
  constexpr unsigned wanted = STATX_INO | STATX_MNT_ID;
  if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, wanted, &status) != 0 ||
      (status.stx_mask & wanted) != wanted) {
    return std::nullopt;
  }
  return Identity{status.stx_dev_major, status.stx_dev_minor, status.stx_ino, status.stx_mnt_id};
}

UniqueFd open_root() { return UniqueFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)); }

/// A task that joins a namespace gets that namespace's root, whatever slurmd's root is. Only
/// joining shows which one that is.
Result<void> stand_on_the_namespaces_root() {
  const UniqueFd home(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  const UniqueFd root = open_root();
  if (!home || !root || ::setns(home.get(), CLONE_NEWNS) != 0)
    return Error::from_errno("cannot join the host's namespace", errno);
  const UniqueFd root_of_namespace = open_root();
  const auto before = identity_of(root.get());
  const auto after = identity_of(root_of_namespace.get());
  if (!before || !after)
    return Error::from_errno("cannot tell which root slurmd stands on", ENOSYS);
  if (*before == *after) return {};
  return Error{"slurmd runs in a chroot, and its tasks would not",
               "an administrator must start slurmd where its root is that of its mount namespace: "
               "outside of the chroot, or after pivot_root"};
}

/// What is made in the new namespace, and the /proc of this process as it was before.
using Maker = std::function<Result<UniqueFd>(int processes)>;

Result<UniqueFd> make_here(const Maker& make) {
  ::umask(0);
  // Opened before anything is mounted over it.
  const UniqueFd processes(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!processes) return Error::from_errno("cannot open /proc", errno);
  TRY(stand_on_the_namespaces_root());
  if (::unshare(CLONE_NEWNS) != 0) return Error::from_errno("cannot make a mount namespace", errno);
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return Error::from_errno("cannot make the mounts private", errno);
  return make(processes.get());
}

void make_and_send(int socket, const Maker& make) {
  const auto made = make_here(make);
  const int fds[] = {made ? made->get() : -1};
  const auto sent = made ? send_message(socket, std::string_view(&made_letter, 1), fds)
                         : send_message(socket, encode(made.error()), {});
  ::_exit(sent ? 0 : 1);
}

/// The builder is gone without leaving an error: something ended it, mostly the kernel for lack of
/// memory.
Error ended_without_a_word(Child& builder) {
  TRY_ASSIGN(const auto status, builder.wait());
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return {"cannot put the container together: the process that does it " +
              (signal != 0 ? "was killed by signal " + std::to_string(signal)
                           : "ended with exit code " + std::to_string(WEXITSTATUS(status))),
          signal == SIGKILL ? "the step's memory may be too small: ask for more with --mem" : "", 0,
          signal == SIGKILL ? Fault::user : Fault::node};
}

Result<UniqueFd> make_in_a_child(const Maker& make) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Error::from_errno("cannot make a socket pair", errno);
  }
  const UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  auto builder = Child::fork([&] { make_and_send(theirs.get(), make); });
  if (!builder) return std::move(builder).error();
  theirs.reset();
  TRY(wait_readable_or_cancelled(ours.get()));
  auto message = receive_message(ours.get());
  if (!message) return ended_without_a_word(*builder);
  TRY(builder->wait());
  if (message->text[0] == made_letter && message->fds.size() == 1)
    return std::move(message->fds.front());
  return decode(message->text);
}

}  // namespace

Result<UniqueFd> build_namespace(const Attached&, const std::function<Result<void>()>& build) {
  return make_in_a_child([&](int processes) -> Result<UniqueFd> {
    TRY(build());
    UniqueFd made(::openat(processes, "ns/mnt", O_RDONLY | O_CLOEXEC));
    if (!made) return Error::from_errno("cannot open the container's namespace", errno);
    return made;
  });
}

Result<UniqueFd> build_mount(const Attached&, const std::function<Result<UniqueFd>()>& build) {
  return make_in_a_child([&](int) { return build(); });
}

}  // namespace chainer
