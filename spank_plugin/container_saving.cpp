#include "spank_plugin/container_saving.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "core/pipe.hpp"
#include "core/trusted_path.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/child.hpp"
#include "spank_plugin/helper_program.hpp"
#include "spank_plugin/unguessable_name.hpp"
#include "spank_plugin/user_files.hpp"

namespace chainer {
namespace {

constexpr int root_fd = 3;  // the number that chainer-node knows it by

/// What the saver calls the file until it is whole, where the file system wants a name for it.
Result<std::string> unfinished_name(const Step& step) {
  TRY_ASSIGN(const auto number, unguessable_name());
  return ".chainer-save." + step.id() + "." + number;
}

/// In a child, as root: the container's root folder without what is mounted in it, so that only the
/// image and what was written over it is read. The child is on the host again afterwards.
UniqueFd open_container(int mount_namespace) {
  const UniqueFd home(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!home || ::setns(mount_namespace, CLONE_NEWNS) != 0) return UniqueFd();
  UniqueFd root(static_cast<int>(
      ::syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  const int failed_with = errno;
  if (::setns(home.get(), CLONE_NEWNS) != 0) return UniqueFd();
  errno = failed_with;
  return root;
}

[[noreturn]] void become_saver(const Step& step, const PluginConf& conf, const StepCgroups& cgroups,
                               const SharedContainer& container, const std::string& unfinished,
                               int launch) {
  using Stage = LaunchFailure::Stage;
  if (auto joined = cgroups.join(); !joined) {
    errno = joined.error().error_number;
    fail_launch(launch, Stage::set_up);
  }
  const auto root = open_container(container.mount_namespace.get());
  if (!root) fail_launch(launch, Stage::enter);
  become_program({conf.helper,
                  {"chainer-node", "user-side", "save", "--label", step.label(), "--file",
                   container.save_as, "--unfinished", unfinished},
                  step.account,
                  step.environment,
                  {{root.get(), root_fd}}},
                 launch);
}

}  // namespace

Result<void> check_can_be_saved(const Attached& attached, const Account& account,
                                const std::string& file) {
  TRY_ASSIGN(const auto opened,
             open_as_user(attached, account, {{file, UserFile::Kind::to_be_made}}));
  const int number = opened.front().error_number;
  if (number == 0) return {};
  auto error = Error::from_errno("cannot save the container as " + file, number, Fault::user);
  if (number == EEXIST) return std::move(error).with_hint("name another file, or remove it first");
  if (number == EISDIR)
    return std::move(error).with_hint("name a file in it, with a name of its own");
  return error;
}

Result<void> save_container(const Step& step, const PluginConf& conf, const StepCgroups& cgroups,
                            const SharedContainer& container) {
  TRY(check_only_root_can_change(conf.helper));
  TRY_ASSIGN(const auto unfinished, unfinished_name(step));
  TRY_ASSIGN(auto launch, Pipe::create());
  TRY_ASSIGN(auto saver, Child::fork([&] {
               become_saver(step, conf, cgroups, container, unfinished, launch.write_end.get());
             }));
  TRY(await_launch(launch, conf.helper));
  auto ended = saver.wait();
  if (!ended || WIFSIGNALED(*ended)) {
    const auto folder = std::filesystem::path(container.save_as).parent_path();
    remove_as_user(step.account, folder / unfinished);
  }
  TRY_ASSIGN(const auto status, std::move(ended));
  if (status == 0) return {};
  Error error{"cannot save the container as " + container.save_as + ": the process that does it " +
                  how_it_ended(status),
              ""};
  error.is_told = WIFEXITED(status);
  return error;
}

}  // namespace chainer
