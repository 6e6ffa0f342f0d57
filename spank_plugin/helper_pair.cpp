#include "spank_plugin/helper_pair.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "core/argument_array.hpp"
#include "core/pipe.hpp"
#include "core/result.hpp"
#include "core/trusted_path.hpp"

namespace chainer {
namespace {

// The numbers that chainer-node knows its ends by.
constexpr int data_fd = 3;
constexpr int control_fd = 4;
constexpr int verdict_fd = 5;
constexpr int inside_fd = 6;
constexpr int launch_fd = 7;        // ours, until the program starts
constexpr int first_spare_fd = 32;  // above everything that is placed by number

constexpr char inside_program[] = "/opt/chainer/tools/chainer-inside";
constexpr const char* store_environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                                             nullptr};

/// One descriptor of a helper: which, and the number that it gets.
struct Placed {
  int fd;
  int number;
};

/// Gives each descriptor its number and closes every other but stdin, stdout and stderr. The
/// sources are first moved out of the way, since one may sit on another's number.
bool place_descriptors(std::vector<Placed> list) {
  for (auto& placed : list) {
    placed.fd = ::fcntl(placed.fd, F_DUPFD, first_spare_fd);
    if (placed.fd < 0) return false;
  }
  int next = 3;
  for (const auto& placed : list) {
    if (::dup2(placed.fd, placed.number) < 0) return false;
    if (placed.number > next)
      ::close_range(static_cast<unsigned>(next), static_cast<unsigned>(placed.number - 1), 0);
    next = placed.number + 1;
  }
  return ::close_range(static_cast<unsigned>(next), ~0u, 0) == 0;
}

/// What a child says when it cannot become its program.
struct LaunchFailure {
  enum class Stage { set_up, enter, become, start } stage;
  int error_number;
};

[[noreturn]] void fail(int launch, LaunchFailure::Stage stage) {
  const LaunchFailure failure{stage, errno};
  [[maybe_unused]] const auto written = ::write(launch, &failure, sizeof failure);
  ::_exit(126);
}

struct Program {
  std::string path;
  std::vector<std::string> arguments;
  const Account& account;
  char* const* environment;
  std::vector<Placed> descriptors;
};

/// In the child: becomes the account for good, and the program. `launch` is where a failure is
/// told.
[[noreturn]] void execute(Program program, int launch) {
  using Stage = LaunchFailure::Stage;
  program.descriptors.push_back({launch, launch_fd});
  if (!place_descriptors(program.descriptors)) fail(launch, Stage::set_up);
  ::fcntl(launch_fd, F_SETFD, FD_CLOEXEC);
  // The files of an environment have the modes that their makers meant, whatever the job's umask.
  ::umask(022);
  const pid_t parent = ::getppid();
  if (errno = become(program.account); errno != 0) fail(launch_fd, Stage::become);
  // As the account: in a container /dev may be the user's, and its null a link to anything.
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (::dup2(null.get(), STDIN_FILENO) < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    fail(launch_fd, Stage::set_up);
  }
  // After the change of account, which clears it: the helper must not outlive the task that waits.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (::getppid() != parent) ::_exit(126);
  const auto arguments = argument_array(program.arguments);
  ::execve(program.path.c_str(), arguments.data(), program.environment);
  fail(launch_fd, Stage::start);
}

/// Waits until every child of the pipe became its program, or takes the first failure.
Result<void> await_launch(Pipe& launch, const std::string& program) {
  launch.write_end.reset();
  TRY(wait_readable_or_cancelled(launch.read_end.get()));
  LaunchFailure failure{};
  ssize_t got = 0;
  do {
    got = ::read(launch.read_end.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return {};
  if (got != sizeof failure) return Error::from_errno("cannot start " + program, EIO);
  switch (failure.stage) {
    case LaunchFailure::Stage::set_up:
      return Error::from_errno("cannot set up " + program, failure.error_number);
    case LaunchFailure::Stage::enter:
      return Error::from_errno("cannot enter the container", failure.error_number);
    case LaunchFailure::Stage::become:
      return Error::from_errno("cannot change the account for " + program, failure.error_number);
    case LaunchFailure::Stage::start: break;
  }
  return Error::from_errno("cannot start " + program, failure.error_number)
      .with_hint("an administrator must install " + program + ", or correct plugin.conf");
}

Program store_side(const Step& step, const PluginConf& conf, const std::string& conf_path,
                   const Account& store_account, const Order& order, int data, int control,
                   int verdict) {
  Program program{conf.helper,
                  {"chainer-node", "store-side", "--conf", conf_path, "--kind",
                   std::string(name_of(order.kind)), "--owner", std::to_string(step.account.uid),
                   "--label", step.label()},
                  store_account,
                  const_cast<char* const*>(store_environment),
                  {{data, data_fd}, {control, control_fd}, {verdict, verdict_fd}}};
  // What many nodes of a step wait for, its first one tells.
  if (step.node_number != 0) program.arguments.emplace_back("--waits-silently");
  if (order.suspect)
    program.arguments.insert(program.arguments.end(), {"--suspect", order.suspect->hex()});
  if (order.curator)
    program.arguments.insert(program.arguments.end(),
                             {"--curator", std::to_string(*order.curator)});
  return program;
}

Program user_side_program(const Step& step, const PluginConf& conf, const UserSide& side, int data,
                          int control) {
  Program program{conf.helper,
                  {"chainer-node", "user-side"},
                  step.account,
                  step.environment,
                  {{data, data_fd}, {control, control_fd}}};
  program.arguments.insert(program.arguments.end(), side.arguments.begin(), side.arguments.end());
  if (side.inside) program.descriptors.push_back({side.inside.get(), inside_fd});
  return program;
}

/// Reads the verdict; an end without one leaves nothing.
Result<std::optional<StoreVerdict>> read_verdict(int fd) {
  StoreVerdict::Encoded bytes{};
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    TRY(wait_readable_or_cancelled(fd));
    const ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::from_errno("cannot read the store's verdict", errno);
    if (got == 0) return std::optional<StoreVerdict>();
    filled += static_cast<std::size_t>(got);
  }
  return StoreVerdict::decode(bytes);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return std::string("was killed by signal ") + std::to_string(WTERMSIG(status));
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Result<StoreVerdict> run_helper_pair(const Attached&, const Step& step, const PluginConf& conf,
                                     const std::string& conf_path, const Account& store_account,
                                     const Order& order, UserSide user_side) {
  if (auto trusted = check_only_root_can_change(conf.helper); !trusted)
    return std::move(trusted).error().within("cannot start the helper " + conf.helper);
  auto data = Pipe::create();
  auto control = Pipe::create();
  auto verdict = Pipe::create();
  auto launch = Pipe::create();
  for (auto* pipe : {&data, &control, &verdict, &launch}) {
    if (!*pipe) return std::move(*pipe).error();
  }

  auto store = Child::fork([&] {
    if (::chdir("/") != 0) fail(launch->write_end.get(), LaunchFailure::Stage::set_up);
    execute(store_side(step, conf, conf_path, store_account, order, data->read_end.get(),
                       control->write_end.get(), verdict->write_end.get()),
            launch->write_end.get());
  });
  if (!store) return std::move(store).error();
  auto user = Child::fork([&] {
    execute(
        user_side_program(step, conf, user_side, data->write_end.get(), control->read_end.get()),
        launch->write_end.get());
  });
  if (!user) return std::move(user).error();
  // When one side ends, the other must see the end of its pipe: no copy of ours may keep it open.
  *data = {};
  *control = {};
  verdict->write_end.reset();
  user_side.inside.reset();

  TRY(await_launch(*launch, conf.helper));

  auto said = read_verdict(verdict->read_end.get());
  const auto store_end = said ? store->wait() : Result<int>(0);
  // Without a verdict nothing counts that the user's side still does, such as an hour's build.
  const bool is_over = said && *said;
  const auto user_end = is_over && store_end ? user->wait() : Result<int>(0);
  Child::stop({&*store, &*user});  // both at once, where the step was cancelled
  if (!said) return std::move(said).error();
  for (const auto* end : {&store_end, &user_end}) {
    if (!*end) return end->error();
  }
  if (*said) return **said;
  return Error{
      "the store's side of the preparation " + how_it_ended(*store_end) + " without a verdict",
      "an administrator should look at the memory of the job and at " + conf.helper};
}

Result<Inside> start_inside(const Attached&, const Step& step, int mount_namespace) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Error::from_errno("cannot make a socket pair", errno);
  }
  UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  TRY_ASSIGN(auto launch, Pipe::create());
  auto process = Child::fork([&] {
    if (::setns(mount_namespace, CLONE_NEWNS) != 0)
      fail(launch.write_end.get(), LaunchFailure::Stage::enter);
    execute({inside_program,
             {"chainer-inside"},
             step.account,
             step.environment,
             {{theirs.get(), data_fd}}},
            launch.write_end.get());
  });
  if (!process) return std::move(process).error();
  TRY(await_launch(launch, inside_program));
  return Inside{std::move(ours), *std::move(process)};
}

}  // namespace chainer
