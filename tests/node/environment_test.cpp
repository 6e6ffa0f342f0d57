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
#include <thread>

#include "core/unique_fd.hpp"
#include "node/builder/scratch_folder.hpp"
#include "node/environment/environment_lock.hpp"
#include "node/store/store.hpp"
#include "node/store_side/session.hpp"
#include "node/user_side/user_side_environment.hpp"
#include "node/wire/blob_hash.hpp"

// Both sides of an environment's preparation, chainer-inside, the real uv and the host's own
// Python; a mount namespace with a tmpfs on /opt stands for the image. Packages come from a folder
// made here.
namespace chainer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// What a shell command prints.
std::string shell(const std::string& command) {
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

/// Python's web server on loopback, showing a folder.
class WebServer {
 public:
  explicit WebServer(const std::string& folder) {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(stdout_.in.get(), STDOUT_FILENO);
      ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
      ::execlp("python3", "python3", "-u", "-m", "http.server", "--bind", "127.0.0.1",
               "--directory", folder.c_str(), "0", nullptr);
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

  Variables& variables() { return variables_; }
  void set_image_path(std::string path) { image_path_ = std::move(path); }

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

  /// Serves as the store's side until the end; what root is told.
  StoreVerdict serve() {
    const auto quota = ByteSize::from_bytes(std::uint64_t{1} << 30);
    auto store = Store::open(store_, {quota, quota});
    EXPECT_TRUE(store) << store.error().what;
    const PreparationOrder order{EntryKind::environment, ::getuid(),
                                 "node " + name_ + ", step 1.0"};
    StoreSession session(*store, PluginConf{}, order, data_.out.get(), control_.in.get(),
                         [this](auto line) { store_said_ += std::string(line) + "\n"; });
    const auto verdict = serve_preparation(session);
    data_.out.reset();
    control_.in.reset();
    return verdict;
  }

  StoreVerdict prepare(const std::string& file) {
    start(file);
    const auto verdict = serve();
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
        "mount --bind " TOOLS
        " /opt/chainer/tools && "
        "printf 'env=PATH=" +
        image_path_ + "\\0' >/opt/chainer/image.conf";
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
    UserSideEnvironment wanted{file, *Digest::parse_hex(std::string(64, 'a')), folder_ / "scratch",
                               inside};
    ::_exit(run_with_scratch_folder(wanted.scratch, [&] {
      UserSession session("node " + name_ + ", step 1.0", to_store, from_store,
                          [&](auto line) { std::ofstream(log, std::ios::app) << line << "\n"; });
      return prepare_environment(session, wanted, variables_);
    }));
  }

  fs::path folder_;
  std::string name_;
  fs::path store_;
  std::string image_path_{"/usr/bin:/bin"};
  Variables variables_;
  Pipe data_, control_;
  pid_t inside_{-1}, user_{-1};
  std::string store_said_;
};

class Environment : public testing::Test {
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
                 (folder_ / "store/tmp").string() + " -type f") == "";
  }

  fs::path folder_;
};

TEST_F(Environment, IsBuiltPackedAndFiled) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello<2\ncounted\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(python(entry(verdict), "import hello, counted; print(hello.version, counted.version)"),
            "1.0 built\n");
  EXPECT_FALSE(n1.scratch_is_there());
}

TEST_F(Environment, HoldsByteCodeAndNothingOfTheBuilder) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello==1.0\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  const auto program = R"(
import glob, os, hello
print(os.path.exists(hello.__cached__), os.path.exists("/opt/chainer/env/.chainer"))
print(os.stat(hello.__file__).st_uid, oct(os.stat(hello.__file__).st_mode))
)";
  EXPECT_EQ(python(entry(verdict), program), "True False\n0 0o100644\n");
}

TEST_F(Environment, DoesNotShowTheImagesOwnPackages) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(python(entry(verdict), "import sys; print([p for p in sys.path if 'packages' in p])"),
            "['/opt/chainer/env/lib/python3.11/site-packages']\n");
}

TEST_F(Environment, NamesThePackageThatCannotBeCopied) {
  // Wherever in the listing it comes: the copies after it succeed.
  for (const auto* name : {"0", "a", "m", "z"}) {
    fs::create_symlink("/nowhere",
                       folder_ / "packages" / (std::string(name) + "-1-py3-none-any.whl"));
    auto n1 = node(std::string("n") + name);
    EXPECT_NE(n1.prepare(requirements("hello\n")).outcome, Outcome::ready) << name;
    EXPECT_THAT(n1.said(), HasSubstr("cannot copy the package "));
    EXPECT_THAT(n1.said(), HasSubstr("/packages/" + std::string(name) + "-1-py3-none-any.whl: "));
    fs::remove(folder_ / "packages" / (std::string(name) + "-1-py3-none-any.whl"));
  }
}

TEST_F(Environment, LeavesALockBesideTheRequirements) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  const auto lock = content(folder_ / "requirements.txt.lock.json");
  const auto read = EnvironmentLock::parse(lock);
  ASSERT_TRUE(read) << lock;
  EXPECT_EQ(environment_key(read->image, BlobHash::of(lock), ::getuid()), verdict.entry->key);
  EXPECT_THAT(lock, HasSubstr(R"("name":"hello","version":"2.0"})"));
}

TEST_F(Environment, IsReusedWithoutResolvingAgain) {
  const auto file = requirements("counted\n");
  auto n1 = node("n1");
  const auto first = n1.prepare(file);
  ASSERT_EQ(first.outcome, Outcome::ready) << n1.said();
  fs::remove_all(folder_ / "packages");  // nothing to resolve from any more
  auto n2 = node("n2");
  const auto second = n2.prepare(file);
  ASSERT_EQ(second.outcome, Outcome::ready) << n2.said();
  EXPECT_EQ(second.entry->key, first.entry->key);
  EXPECT_EQ(content(folder_ / "built"), "built\n");
}

TEST_F(Environment, IsTheSameFileWhenItIsBuiltAgainFromItsLock) {
  const WebServer server(folder_ / "packages");
  auto n1 = node("n1");
  n1.variables()["PIP_FIND_LINKS"] = server.url();
  const auto first = n1.prepare(requirements("hello<2\ncounted\n"));
  ASSERT_EQ(first.outcome, Outcome::ready) << n1.said();
  const auto bytes = content(entry(first));
  fs::remove(entry(first));
  auto n2 = node("n2");
  n2.variables()["PIP_FIND_LINKS"] = server.url();
  const auto second = n2.prepare(folder_ / "requirements.txt.lock.json");
  ASSERT_EQ(second.outcome, Outcome::ready) << n2.said();
  EXPECT_EQ(second.entry->key, first.entry->key);
  EXPECT_TRUE(content(entry(second)) == bytes);
}

TEST_F(Environment, IsResolvedAndBuiltOnceForTwoNodesAtATime) {
  const auto file = requirements("counted\n");
  auto n1 = node("n1");
  auto n2 = node("n2");
  n1.start(file);
  n2.start(file);
  StoreVerdict first;
  std::thread other([&] { first = n1.serve(); });
  const auto second = n2.serve();
  other.join();
  EXPECT_EQ(n1.wait(), 0);
  EXPECT_EQ(n2.wait(), 0);
  ASSERT_EQ(first.outcome, Outcome::ready) << n1.said() << n2.said();
  ASSERT_EQ(second.outcome, Outcome::ready);
  EXPECT_EQ(first.entry->key, second.entry->key);
  EXPECT_EQ(content(folder_ / "built"), "built\n");
}

TEST_F(Environment, ShowsTheResolversReason) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("nosuch\n"));
  EXPECT_EQ(verdict.outcome, Outcome::user_fault);
  EXPECT_EQ(n1.said(),
            "chainer: node n1, step 1.0: cannot resolve requirements.txt: No solution found when "
            "resolving "
            "dependencies: Because nosuch was not found in the provided package locations and you "
            "require "
            "nosuch, we can conclude that your requirements are unsatisfiable.\n"
            "next: correct the requirements and submit again\n");
  EXPECT_TRUE(store_is_empty());
  EXPECT_FALSE(n1.scratch_is_there());
}

TEST_F(Environment, ShowsWhichRequirementsConflict) {
  auto n1 = node();
  EXPECT_EQ(n1.prepare(requirements("oldfriend\nhello==2.0\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(),
              HasSubstr("Because all versions of oldfriend depend on hello<2 and you require "
                        "oldfriend, we can conclude that you require hello<2."));
  EXPECT_THAT(n1.said(), HasSubstr("\nnext: correct the requirements and submit again\n"));
}

TEST_F(Environment, ShowsTheLastLinesOfAFailingBuild) {
  auto n1 = node();
  EXPECT_EQ(n1.prepare(requirements("broken\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(
      n1.said(),
      HasSubstr("cannot build the environment of requirements.txt: Failed to build `broken==1.0`"));
  EXPECT_THAT(
      n1.said(),
      HasSubstr("\n    error: mpicc was not found\n"
                "next: use a version that has a wheel, or an image with what its build needs\n"));
}

TEST_F(Environment, IsBuiltWithoutACacheThatTheImageDoesNotShow) {
  auto n1 = node();
  n1.variables()["UV_CACHE_DIR"] = "/proc/no/cache";
  EXPECT_EQ(n1.prepare(requirements("hello\n")).outcome, Outcome::ready);
  EXPECT_THAT(
      n1.said(),
      HasSubstr("chainer: node n1: the builder's cache /proc/no/cache/aaaaaaaaaaaaaaaa cannot "
                "be used inside the image: everything is downloaded and built anew\n"));
}

TEST_F(Environment, RemovesTheCacheOfAnImageThatNobodyBuildsInAnyMore) {
  const std::string cache = folder_ / "cache";
  auto n1 = node("n1");
  auto n2 = node("n2");
  for (auto* one : {&n1, &n2}) one->variables()["UV_CACHE_DIR"] = cache;
  ASSERT_EQ(n1.prepare(requirements("hello==1.0\n")).outcome, Outcome::ready);
  const auto ours = cache + "/" + std::string(16, 'a');
  const auto old = cache + "/" + std::string(16, 'b');
  ASSERT_TRUE(fs::exists(ours + "/CACHEDIR.TAG")) << "by which the builder's folders are known";
  fs::copy(ours, old, fs::copy_options::recursive);
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(31 * 24));
  ASSERT_EQ(n2.prepare(requirements("hello==2.0\n")).outcome, Outcome::ready);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(ours));
}

TEST_F(Environment, NeedsAPythonInTheImage) {
  auto n1 = node();
  n1.set_image_path("/nonexistent");
  EXPECT_EQ(n1.prepare(requirements("hello\n")).outcome, Outcome::user_fault);
  EXPECT_EQ(n1.said(),
            "chainer: node n1, step 1.0: the image has no python3\n"
            "next: use an image with Python 3.8 or newer on its PATH\n");
}

TEST_F(Environment, SaysWhyAnImagesPythonCannotBeUsed) {
  put(folder_ / "bin/python3", "#!/bin/sh\nexit 3\n");
  fs::permissions(folder_ / "bin/python3", fs::perms(0755));
  auto n1 = node();
  n1.set_image_path(folder_ / "bin");
  EXPECT_EQ(n1.prepare(requirements("hello\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(), HasSubstr("chainer: node n1, step 1.0: cannot use the image's python3: "));
  EXPECT_THAT(n1.said(), HasSubstr("failed with exit status exit status: 3\n"
                                   "next: use an image with Python 3.8 or newer on its PATH\n"));
}

TEST_F(Environment, RefusesALockOfAnotherImage) {
  put(folder_ / "other.lock.json",
      R"({"chainer_env_lock":2,"image":"sha256:)" + std::string(64, 'b') + R"(","packages":[]})");
  auto n1 = node();
  EXPECT_EQ(n1.prepare(folder_ / "other.lock.json").outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(), HasSubstr("it was made for the image sha256:bbb"));
}

TEST_F(Environment, KeepsSecretsOutOfLogsLocksAndNotes) {
  auto n1 = node("n1");
  n1.variables()["PIP_NO_INDEX"] = "";
  n1.variables()["PIP_INDEX_URL"] = "http://someone:hunter2@127.0.0.1:1/simple";
  n1.variables()["UV_HTTP_RETRIES"] = "0";
  EXPECT_EQ(n1.prepare(requirements("nosuch\n")).outcome, Outcome::try_again);
  EXPECT_THAT(n1.said(), HasSubstr("http://127.0.0.1:1/simple"));
  EXPECT_THAT(n1.said(), Not(HasSubstr("hunter2")));

  auto n2 = node("n2");
  n2.variables()["PIP_EXTRA_INDEX_URL"] = "http://someone:hunter2@127.0.0.1:1/simple";
  EXPECT_EQ(n2.prepare(requirements("--index-url http://x:hunter2@127.0.0.1:1/\nhello\n")).outcome,
            Outcome::ready);
  EXPECT_EQ(shell("grep -rl hunter2 " + (folder_ / "store").string() + " " +
                  (folder_ / "requirements.txt.lock.json").string()),
            "");
}

TEST_F(Environment, LeavesNothingWhenItIsTerminated) {
  auto n1 = node();
  n1.start(requirements("slow\n"));
  StoreVerdict verdict;
  std::thread store([&] { verdict = n1.serve(); });
  while (content(folder_ / "built").empty())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  n1.terminate();
  n1.wait();  // chainer-inside too: it has ended the build
  store.join();
  EXPECT_EQ(verdict.outcome, Outcome::try_again);
  EXPECT_FALSE(n1.scratch_is_there());
}

}  // namespace
}  // namespace chainer
