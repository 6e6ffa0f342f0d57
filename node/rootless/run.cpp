#include "node/rootless/run.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "core/argument_array.hpp"
#include "core/child_end.hpp"
#include "core/container/task_environment.hpp"
#include "core/failure_message.hpp"
#include "core/plugin_conf.hpp"
#include "core/sha256.hpp"
#include "core/text_file.hpp"
#include "node/rootless/container.hpp"
#include "node/rootless/fuse_mount.hpp"
#include "node/rootless/own_store.hpp"
#include "node/rootless/sides.hpp"
#include "node/rootless/supervisor.hpp"
#include "node/rootless/unpacked_store.hpp"

namespace chainer::rootless {
namespace {

constexpr char tools_place[] = "/opt/chainer/tools";
constexpr char options[] = "--";  // how the names of this program's options begin
constexpr std::size_t largest_lock = std::size_t{16} << 20;
constexpr int chainer_insides_fd = 3;  // where chainer-inside looks for its socket

/// What is the same for every container of this run.
struct Run {
  const RunRequest& request;
  const builder::Variables& variables;
  const wire::Say& say;
  OwnStore store;
  UserNames names;
  std::string working_directory;
  std::string squashfuse;  ///< empty: entries are unpacked
};

Result<Run> begin(const RunRequest& request, const builder::Variables& variables,
                  const wire::Say& say) {
  if (::geteuid() == 0) {
    return Error{"cannot start a container as root",
                 "run it as an ordinary account, such as with runuser -u NAME", 0, Fault::user};
  }
  TRY_ASSIGN(auto names, look_up_names(this_account()));
  const auto home = builder::value_of(variables, "HOME");
  TRY_ASSIGN(const auto cache, cache_folder(builder::value_of(variables, "XDG_CACHE_HOME"),
                                            home.empty() ? names.home : home));
  TRY_ASSIGN(auto store, OwnStore::open(cache));
  std::error_code gone;
  auto here = std::filesystem::current_path(gone).string();
  const auto fuse = request.unpacks
                        ? std::nullopt
                        : find_squashfuse(builder::value_of(variables, "PATH") + ":/usr/bin:/bin");
  return Run{request,          variables,        say,
             std::move(store), std::move(names), here.empty() ? "/" : here,
             fuse.value_or("")};
}

Result<OwnEntry> find_or_fetch_image(const Run& run) {
  const auto& image = run.request.image;
  const auto kind = kind_of_image(image);
  if (const auto digest = image.pinned()) {
    TRY_ASSIGN(auto found, run.store.find(kind, *digest));
    if (found) return *std::move(found);
  }
  std::vector<std::string> arguments{"image", "--label", "", "--reference", image.text()};
  if (!run.request.auth_file.empty())
    arguments.insert(arguments.end(), {"--auth", run.request.auth_file});
  return prepare_entry(run.store, kind, arguments);
}

Result<ShownFile> shown(const Run& run, EntryKind kind, const OwnEntry& entry) {
  if (!run.squashfuse.empty()) return ShownFile{entry.path, {}};
  TRY_ASSIGN(auto folder, unpack_once(run.store, kind, entry, run.say));
  return ShownFile{entry.path, std::move(folder)};
}

Result<ContainerParts> parts_of(const Run& run, const OwnEntry& image) {
  TRY_ASSIGN(auto root, shown(run, kind_of_image(run.request.image), image));
  return ContainerParts{std::move(root),
                        std::nullopt,
                        {},
                        run.request.mounts,
                        run.names,
                        run.working_directory,
                        run.request.shm_size,
                        run.request.writable,
                        run.squashfuse,
                        run.store.mount_point()};
}

// ---- environments

Result<void> check_tools(const std::string& folder) {
  for (const auto* tool : {"uv", "chainer-inside"}) {
    const auto path = folder + "/" + tool;
    if (::access(path.c_str(), X_OK) == 0) continue;
    return Error::from_errno("cannot build: " + path, errno)
        .with_hint("fill a folder with packaging/make-tools, and name it with --tools");
  }
  return {};
}

/// A folder for one build, which goes with it.
class Scratch {
 public:
  static Result<Scratch> make(const std::string& above) {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != sizeof number)
      return Error::from_errno("cannot get random bytes", errno);
    Scratch scratch(above + "/" + std::to_string(number));
    if (::mkdir(scratch.path().c_str(), 0700) != 0)
      return Error::from_errno("cannot make " + scratch.path(), errno);
    return scratch;
  }
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// In the builder's container: becomes the program that runs commands there for the user's side.
int become_inside(int socket) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  ::dup2(socket, chainer_insides_fd);
  ::fcntl(chainer_insides_fd, F_SETFD, 0);  // dup2 keeps the flag where both numbers are the same
  ::close_range(chainer_insides_fd + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  ::umask(022);
  const auto program = std::string(tools_place) + "/chainer-inside";
  ::execl(program.c_str(), "chainer-inside", nullptr);
  return 127;
}

Result<OwnEntry> build_environment(const Run& run, const OwnEntry& image) {
  const auto& request = run.request;
  TRY(check_tools(request.tools));
  TRY_ASSIGN(const auto scratch, Scratch::make(run.store.scratch()));
  TRY_ASSIGN(auto parts, parts_of(run, image));
  parts.folders = {{request.tools, tools_place, Access::read_only},
                   {scratch.path(), env_prefix, Access::read_write}};
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Error::from_errno("cannot make a socket pair", errno);
  UniqueFd ours(ends[0]), theirs(ends[1]);
  const auto first = [&] {
    const BlockedSignals signals;
    return start_container(parts, signals, run.say, [&] { return become_inside(theirs.get()); });
  }();
  if (!first) return first.error();
  theirs.reset();
  auto built =
      prepare_entry(run.store, EntryKind::environment,
                    {"environment", "--label", "", "--file", request.env_file, "--image",
                     image.key.to_string(), "--scratch", scratch.path(), "--tools", request.tools},
                    ours.get());
  ours.reset();  // which ends the program inside
  wait_for_end(*first);
  return built;
}

Result<OwnEntry> find_or_build_environment(const Run& run, const OwnEntry& image) {
  const auto text = read_file(run.request.env_file, largest_lock);
  if (!text) return Error(text.error()).with_hint("correct --env");
  // The file may be anything: only if it is a lock can an environment of its bytes' digest exist.
  Sha256 hash;
  hash.update(*text);
  const auto key = environment_key(image.key, hash.finish(), ::geteuid());
  TRY_ASSIGN(auto found, run.store.find(EntryKind::environment, key));
  if (found) return *std::move(found);
  return build_environment(run, image);
}

// ---- the program

TaskEnvironment access_to(builder::Variables& variables) {
  return {[&](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          [&](const std::string& name, const std::string& value) { variables[name] = value; },
          [&](const std::string& name) { variables.erase(name); },
          [&] {
            std::vector<std::string> names;
            for (const auto& [name, value] : variables) names.push_back(name);
            return names;
          }};
}

/// --workdir, else where this was started, if the container has it, else what the image names.
Result<void> choose_directory(const Run& run, const std::string& of_image,
                              const TaskEnvironment& environment) {
  const auto& asked = run.request.workdir;
  const auto& here = run.working_directory;
  if (!asked.empty()) return go_to(asked, environment, options);
  if (::access(here.c_str(), X_OK) == 0 || of_image.empty())
    return go_to(here, environment, options);
  return go_to(of_image, environment, options);
}

Result<void> settle_in(const Run& run, const TimeZone& zone_of_host,
                       const TaskEnvironment& environment) {
  TRY(check_root_folder(options));
  const auto& request = run.request;
  TRY_ASSIGN(const auto of_image,
             set_task_variables({request.image.text(), !request.env_file.empty(), request.keep,
                                 PluginConf::default_drop_variables()},
                                zone_of_host, environment));
  return choose_directory(run, of_image, environment);
}

/// In the container: becomes the program.
int execute(const Run& run, const TimeZone& zone_of_host) {
  auto variables = run.variables;
  if (auto settled = settle_in(run, zone_of_host, access_to(variables)); !settled) {
    run.say(failure_message({}, settled.error()));
    return wire::exit_code_of(settled.error().fault);
  }
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  const auto environment = argument_array(entries);
  const auto& command = run.request.command;
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  ::environ = const_cast<char**>(environment.data());  // its PATH leads to the program
  ::execvp(command.front().c_str(), argument_array(command).data());
  const int number = errno;
  auto error =
      Error::from_errno("cannot run " + command.front() + " in the container", number, Fault::user);
  run.say(failure_message({}, std::move(error).with_hint("name a program that the image has")));
  return number == ENOENT ? 127 : 126;
}

}  // namespace

Result<int> run(const RunRequest& request, const builder::Variables& variables,
                const wire::Say& say) {
  ::signal(SIGCHLD, SIG_DFL);  // inherited as ignored, it would keep us from waiting for children
  TRY_ASSIGN(const auto run, begin(request, variables, say));
  TRY_ASSIGN(const auto image, find_or_fetch_image(run));
  TRY_ASSIGN(auto parts, parts_of(run, image));
  std::optional<OwnEntry> environment;  // pinned, as the image, until the program has ended
  if (!request.env_file.empty()) {
    TRY_ASSIGN(environment, find_or_build_environment(run, image));
    TRY_ASSIGN(parts.environment, shown(run, EntryKind::environment, *environment));
  }
  if (request.only_prepares) return 0;
  const auto zone_of_host = TimeZone::of_host();
  const BlockedSignals signals;
  TRY_ASSIGN(const pid_t first,
             start_container(parts, signals, say, [&] { return execute(run, zone_of_host); }));
  return signals.wait_for(first);
}

}  // namespace chainer::rootless
