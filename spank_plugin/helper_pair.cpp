#include "spank_plugin/helper_pair.hpp"

#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/result.hpp"
#include "core/trusted_path.hpp"
#include "spank_plugin/helper_program.hpp"

namespace chainer {
namespace {

// The numbers at which chainer-node expects its descriptors.
constexpr int data_fd = 3;
constexpr int control_fd = 4;
constexpr int verdict_fd = 5;
constexpr int inside_fd = 6;

constexpr char inside_program[] = "/opt/chainer/tools/chainer-inside";
constexpr const char* store_environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                                             nullptr};

HelperProgram store_side(const Step& step, const PluginConf& conf, const std::string& conf_path,
                         const Account& store_account, const Order& order, int data, int control,
                         int verdict) {
  HelperProgram program{conf.helper,
                        {"chainer-node", "store-side", "--conf", conf_path, "--kind",
                         std::string(name_of(order.kind)), "--owner",
                         std::to_string(step.account.uid), "--label", step.label()},
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

HelperProgram user_side_program(const Step& step, const PluginConf& conf, const UserSide& side,
                                int data, int control) {
  HelperProgram program{conf.helper,
                        {"chainer-node", "user-side"},
                        step.account,
                        step.environment,
                        {{data, data_fd}, {control, control_fd}}};
  program.arguments.insert(program.arguments.end(), side.arguments.begin(), side.arguments.end());
  if (side.inside) program.descriptors.push_back({side.inside.get(), inside_fd});
  return program;
}

/// Reads the verdict; empty when the pipe ends without one.
Result<std::optional<StoreVerdict>> read_verdict(int fd) {
  StoreVerdict::Encoded bytes{};
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    TRY(wait_readable_or_cancelled(fd));
    const ssize_t got = read_some(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0) return Error::from_errno("cannot read the store's verdict", errno);
    if (got == 0) return std::optional<StoreVerdict>();
    filled += static_cast<std::size_t>(got);
  }
  return StoreVerdict::decode(bytes);
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
    if (::chdir("/") != 0) fail_launch(launch->write_end.get(), LaunchFailure::Stage::set_up);
    become_program(store_side(step, conf, conf_path, store_account, order, data->read_end.get(),
                              control->write_end.get(), verdict->write_end.get()),
                   launch->write_end.get());
  });
  if (!store) return std::move(store).error();
  auto user = Child::fork([&] {
    become_program(
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
      fail_launch(launch.write_end.get(), LaunchFailure::Stage::enter);
    become_program({inside_program,
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
