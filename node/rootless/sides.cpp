#include "node/rootless/sides.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "core/argument_array.hpp"
#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/store_verdict.hpp"

namespace chainer::rootless {
namespace {

constexpr char this_program[] = "/proc/self/exe";
// The numbers that the sides expect their descriptors at.
constexpr int data_fd = 3;
constexpr int control_fd = 4;
constexpr int verdict_fd = 5;
constexpr int inside_fd = 6;
constexpr int first_spare_fd = 32;  // above all of these

struct Placed {
  int fd;
  int number;
};

/// In the child. exec closes the descriptors that are not placed.
[[noreturn]] void execute(const std::vector<std::string>& arguments,
                          const std::vector<Placed>& placed, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (::getppid() != parent) ::_exit(126);
  for (const auto& one : placed) {
    if (one.fd >= 0 && ::dup2(one.fd, one.number) < 0) ::_exit(126);
  }
  ::umask(022);  // an environment's files have the modes that their makers meant
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  ::execv(this_program, argument_array(arguments).data());
  ::_exit(127);
}

Result<pid_t> start(const std::vector<std::string>& arguments, const std::vector<Placed>& placed) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return Error::from_errno("cannot fork", errno, Fault::try_again);
  if (child == 0) execute(arguments, placed, parent);
  return child;
}

/// A pipe with numbers that are not in the way when descriptors are placed.
Result<Pipe> spare_pipe() {
  TRY_ASSIGN(const auto made, Pipe::create());
  Pipe moved{UniqueFd(::fcntl(made.read_end.get(), F_DUPFD_CLOEXEC, first_spare_fd)),
             UniqueFd(::fcntl(made.write_end.get(), F_DUPFD_CLOEXEC, first_spare_fd))};
  if (!moved.read_end || !moved.write_end) return Error::from_errno("cannot make a pipe", errno);
  return moved;
}

std::optional<StoreVerdict> read_verdict(int fd) {
  StoreVerdict::Encoded bytes{};
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = read_some(fd, bytes.data() + filled, bytes.size() - filled);
    if (got <= 0) return std::nullopt;
    filled += static_cast<std::size_t>(got);
  }
  return StoreVerdict::decode(bytes);
}

}  // namespace

Result<OwnEntry> prepare_entry(const OwnStore& store, EntryKind kind,
                               const std::vector<std::string>& user_side, int inside) {
  TRY_ASSIGN(auto data, spare_pipe());
  TRY_ASSIGN(auto control, spare_pipe());
  TRY_ASSIGN(auto verdict, spare_pipe());
  const UniqueFd socket(inside < 0 ? -1 : ::fcntl(inside, F_DUPFD_CLOEXEC, first_spare_fd));

  std::vector<std::string> users{"chainer-node", "user-side"};
  users.insert(users.end(), user_side.begin(), user_side.end());
  const std::vector<std::string> stores{"chainer-node", "store-side",
                                        "--own",        store.path(),
                                        "--kind",       std::string(name_of(kind)),
                                        "--owner",      std::to_string(::geteuid()),
                                        "--label",      ""};
  TRY_ASSIGN(const auto stores_side, start(stores, {{data.read_end.get(), data_fd},
                                                    {control.write_end.get(), control_fd},
                                                    {verdict.write_end.get(), verdict_fd}}));
  const auto users_side = start(users, {{data.write_end.get(), data_fd},
                                        {control.read_end.get(), control_fd},
                                        {socket.get(), inside_fd}});
  // Each side must see the other's end as the end of a pipe.
  data = {};
  control = {};
  verdict.write_end.reset();
  const auto said = read_verdict(verdict.read_end.get());
  const int stores_end = wait_for_end(stores_side);
  if (users_side) wait_for_end(*users_side);
  if (!users_side) return users_side.error();
  if (said && said->entry) return store.open_named(*said->entry);
  if (!said) {
    return Error{"the store's side of the preparation ended with exit code " +
                     std::to_string(shell_exit_code(stores_end)) + " without a verdict",
                 "run it again with more memory"};
  }
  Error error{said->cause, {}, 0, fault_of(said->outcome)};
  error.is_told = true;
  return error;
}

}  // namespace chainer::rootless
