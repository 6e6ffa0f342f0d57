// What the tests of environments share: both sides of a preparation, chainer-inside, the real
// builders and the host's own Python. A mount namespace with a tmpfs on /opt stands for the image.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/argument_array.hpp"
#include "core/unique_fd.hpp"
#include "node/builder/host_exec.hpp"
#include "node/builder/scratch_folder.hpp"
#include "node/store/store.hpp"
#include "node/store_side/session.hpp"
#include "node/user_side/user_side_environment.hpp"

namespace chainer {

namespace fs = std::filesystem;
inline std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// What a shell command prints.
inline std::string shell(const std::string& command) {
  auto* pipe = ::popen(command.c_str(), "r");
  std::string text(64 * 1024, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), pipe));
  ::pclose(pipe);
  return text;
}

struct Pipe {
  Pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) == 0) {
      out.reset(fds[0]);
      in.reset(fds[1]);
    }
  }
  UniqueFd out, in;
};

/// A web server on loopback: Python's own, showing a folder, unless a command is given.
class WebServer {
 public:
  explicit WebServer(const std::string& folder)
      : WebServer(std::vector<std::string>{"python3", "-u", "-m", "http.server", "--bind",
                                           "127.0.0.1", "--directory", folder, "0"}) {}

  /// The command prints its URL in parentheses when it is ready.
  explicit WebServer(const std::vector<std::string>& command) {
    const auto arguments = argument_array(command);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(stdout_.in.get(), STDOUT_FILENO);
      ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    std::string line(200,
                     '\0');  // "Serving HTTP on 127.0.0.1 port 38111 (http://127.0.0.1:38111/) ..."
    line.resize(static_cast<std::size_t>(
        std::max<ssize_t>(::read(stdout_.out.get(), line.data(), line.size()), 0)));
    const auto begin = line.find('(') + 1;
    url_ = line.substr(begin, line.find(')') - begin);
  }
  ~WebServer() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  const std::string& url() const { return url_; }

 private:
  Pipe stdout_;  // open as long as the server lives: a later write must not kill it
  pid_t pid_{-1};
  std::string url_;
};

/// One virtual node: its home, scratch folder and processes.
class Node {
 public:
  Node(fs::path folder, std::string name, fs::path store)
      : folder_(std::move(folder)), name_(std::move(name)), store_(std::move(store)) {
    fs::create_directories(folder_ / "scratch");
    fs::create_directories(folder_ / "home");
    variables_ = {
        {"HOME", folder_ / "home"}, {"PIP_CONFIG_FILE", "/dev/null"}, {"PIP_NO_INDEX", "1"}};
  }

  builder::Variables& variables() { return variables_; }
  void set_image_path(std::string path) { image_path_ = std::move(path); }
  void set_host_tools(std::string path) { host_tools_ = std::move(path); }
  /// Whose preparation it is, and whose environments serve everybody.
  void set_accounts(uid_t owner, std::optional<uid_t> curator) {
    owner_ = owner;
    curator_ = curator;
  }
  /// A curated environment's entry that root has mounted where the environment is built.
  void set_base(const fs::path& entry) { base_ = entry; }

  /// Starts chainer-inside and the user's side.
  void start(const std::string& file) {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    UniqueFd ours(fds[0]), theirs(fds[1]);
    inside_ = ::fork();
    if (inside_ == 0) run_inside(theirs.get());
    theirs.reset();
    pollfd greeting{ours.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&greeting, 1, -1), 1);  // root, too, has the namespace ready first
    user_ = ::fork();
    if (user_ == 0) run_user_side(file, ours.get());
    data_.in.reset();
    control_.out.reset();
  }

  /// Serves as the store's side until the end; returns what root is told.
  StoreVerdict serve() {
    const auto quota = ByteSize::from_bytes(std::uint64_t{1} << 30);
    auto store = store::Store::open(store_, {quota, quota});
    EXPECT_TRUE(store) << store.error().what;
    const store_side::PreparationOrder order{EntryKind::environment, owner_,
                                             "node " + name_ + ", step 1.0", curator_};
    store_side::StoreSession session(
        *store, PluginConf{}, order, data_.out.get(), control_.in.get(),
        [this](auto line) { store_said_ += std::string(line) + "\n"; });
    auto verdict = store_side::serve_preparation(session);
    data_.out.reset();
    control_.in.reset();
    return verdict;
  }

  StoreVerdict prepare(const std::string& file) {
    start(file);
    auto verdict = serve();
    wait();
    return verdict;
  }

  /// The user's side's exit status, once all its processes have ended.
  int wait() {
    int status = -1;
    ::waitpid(user_, &status, 0);
    int inside_status = -1;
    ::waitpid(inside_, &inside_status, 0);
    EXPECT_EQ(inside_status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void terminate() { ::kill(user_, SIGTERM); }

  /// What both sides printed.
  std::string said() const { return content(folder_ / "user.log") + store_said_; }
  bool scratch_is_there() const { return fs::exists(folder_ / "scratch"); }

 private:
  [[noreturn]] void run_inside(int socket) {
    const auto prepare =
        "mount --make-rprivate / && mount -t tmpfs tmpfs /opt && "
        "mkdir -p /opt/chainer/env /opt/chainer/tools && "
        "mount --bind " +
        (folder_ / "scratch").string() +
        " /opt/chainer/env && "
        "mount --bind " TOOLS " /opt/chainer/tools && " +
        (base_.empty() ? ""
                       : "mkdir /opt/chainer/base && mount -t squashfs -o loop,ro " +
                             base_.string() + " /opt/chainer/base && ") +
        "printf 'env=PATH=" + image_path_ + "\\0' >/opt/chainer/image.conf";
    if (::unshare(CLONE_NEWNS) != 0 || std::system(prepare.c_str()) != 0) ::_exit(100);
    ::dup2(socket, 3);
    ::fcntl(3, F_SETFD, 0);
    ::execl("/opt/chainer/tools/chainer-inside", "chainer-inside", nullptr);
    ::_exit(101);
  }

  [[noreturn]] void run_user_side(const std::string& file, int inside) {
    ::signal(SIGPIPE, SIG_IGN);
    const int to_store = ::dup(data_.in.get());
    const int from_store = ::dup(control_.out.get());
    // The ends of the store's side, which root never gives to this one.
    for (auto* fd : {&data_.out, &data_.in, &control_.in, &control_.out}) fd->reset();
    const auto log = folder_ / "user.log";
    user_side::UserSideEnvironment wanted{file, *Digest::parse_hex(std::string(64, 'a')),
                                          folder_ / "scratch", inside};
    wanted.host_tools = host_tools_;
    if (!base_.empty()) wanted.base = "/opt/chainer/base";
    ::_exit(builder::run_with_scratch_folder(wanted.scratch, [&] {
      auto outside = builder::start_host_exec(TOOLS);
      if (!outside) return 100;
      wanted.outside = outside->get();
      user_side::UserSession session(
          "node " + name_ + ", step 1.0", to_store, from_store,
          [&](auto line) { std::ofstream(log, std::ios::app) << line << "\n"; });
      return user_side::prepare_environment(session, wanted, variables_);
    }));
  }

  fs::path folder_;
  std::string name_;
  fs::path store_;
  std::string image_path_{"/usr/bin:/bin"};
  uid_t owner_{::getuid()};
  std::optional<uid_t> curator_{};
  fs::path base_{};
  std::string host_tools_{TOOLS};
  builder::Variables variables_;
  Pipe data_, control_;
  pid_t inside_{-1}, user_{-1};
  std::string store_said_;
};

class EnvironmentTest : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);  // as chainer-node does
    if (::getuid() != 0) GTEST_SKIP() << "makes mount namespaces: needs root";
    auto path = (fs::path(testing::TempDir()) / "environment.XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
    fs::create_directories(folder_ / "store");
    ASSERT_EQ(shell("python3 " MAKE_PACKAGES " " + (folder_ / "packages").string()), "");
  }
  void TearDown() override { fs::remove_all(folder_); }

  Node node(const std::string& name = "n1") {
    Node node(folder_ / name, name, folder_ / "store");
    node.variables()["PIP_FIND_LINKS"] = folder_ / "packages";
    node.variables()["BUILD_COUNTER"] = folder_ / "built";
    return node;
  }

  std::string requirements(const std::string& text) {
    put(folder_ / "requirements.txt", text);
    return folder_ / "requirements.txt";
  }

  fs::path entry(const StoreVerdict& verdict) {
    if (!verdict.entry) return {};
    EXPECT_EQ(verdict.entry->kind, EntryKind::environment);
    EXPECT_EQ(verdict.entry->audience, Audience::only(::getuid()));
    return folder_ / "store" / verdict.entry->path();
  }

  /// Runs a Python program with the entry mounted where a job has it.
  std::string python(const fs::path& entry, const std::string& program) {
    put(folder_ / "program.py", program);
    return shell(
        "unshare -m sh -c 'mount -t tmpfs tmpfs /opt && mkdir -p /opt/chainer/env && "
        "mount -t squashfs -o loop,ro " +
        entry.string() +
        " /opt/chainer/env && "
        "/opt/chainer/env/bin/python " +
        (folder_ / "program.py").string() + "' 2>&1");
  }

  bool store_is_empty() {
    return shell("find " + (folder_ / "store/users").string() + " " +
                 (folder_ / "store/tmp").string() + " -type f")
        .empty();
  }

  fs::path folder_;
};

}  // namespace chainer
