#include "spank_plugin/chainer_runtime/background_container.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "core/argument_array.hpp"
#include "core/child_end.hpp"
#include "core/container/started_task.hpp"
#include "core/fd_io.hpp"
#include "core/text_file.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/chainer_runtime/descriptors.hpp"
#include "spank_plugin/chainer_runtime/own_namespace.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_number = 32;
constexpr std::size_t largest_complaint = 64 * 1024;

Error failed(const std::string& to_do) { return Error::from_errno("cannot " + to_do, errno); }

Result<int> number_in(const std::string& path) {
  TRY_ASSIGN(const auto text, read_file(path, largest_number));
  return std::atoi(text.c_str());
}

/// Nothing of a user's or an image's says what the runtime does, and none of its files lie in the
/// step's /dev/shm.
Result<void> configure(const std::string& folder) {
  TRY(write_new_file(folder + "/containers.conf", "[engine]\nlock_type = \"file\"\n"));
  return write_new_file(folder + "/storage.conf", "[storage]\ndriver = \"vfs\"\n");
}

/// All signals, in the order in which they arrive.
class Signals {
 public:
  static Result<Signals> block() {
    Signals signals;
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &signals.before_);
    signals.fd_ = UniqueFd(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals.fd_) return failed("receive signals");
    return signals;
  }

  int fd() const { return fd_.get(); }
  void restore() const { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  /// 0 when there is none.
  int next() const {
    signalfd_siginfo info{};
    const bool one = ::read(fd_.get(), &info, sizeof info) == sizeof info;
    return one ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  UniqueFd fd_{};
  sigset_t before_{};
};

/// Where conmon, which holds the container, leaves the exit code: in a file of the container's
/// name, which appears with all that it will hold.
class ExitFolder {
 public:
  static Result<ExitFolder> make(const std::string& folder) {
    const auto above = folder + "/tmp";
    ExitFolder exits(above + "/exits");
    if (::mkdir(above.c_str(), 0700) != 0 || ::mkdir(exits.path_.c_str(), 0700) != 0)
      return failed("make the folder " + exits.path_);
    exits.fd_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!exits.fd_ || ::inotify_add_watch(exits.fd_.get(), exits.path_.c_str(), IN_MOVED_TO) < 0)
      return failed("watch " + exits.path_);
    return exits;
  }

  int fd() const { return fd_.get(); }

  Result<std::optional<int>> code() const {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    if (::read(fd_.get(), buffer.data(), buffer.size()) <= 0) return std::optional<int>();
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data());
    TRY_ASSIGN(const int number, number_in(path_ + "/" + event->name));
    return std::optional(number);
  }

 private:
  explicit ExitFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
  UniqueFd fd_{};
};

/// What the runtime says of itself. It is shown where it fails: the task's own streams are the
/// command's.
class Complaints {
 public:
  static Result<Complaints> make(const std::string& folder) {
    Complaints complaints(folder + "/complaints");
    complaints.fd_ = UniqueFd(
        ::open(complaints.path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    if (!complaints.fd_) return failed("make " + complaints.path_);
    return complaints;
  }

  int fd() const { return fd_.get(); }

  void show() const {
    if (const auto text = read_file(path_, largest_complaint))
      static_cast<void>(write_all(STDERR_FILENO, *text));
  }

 private:
  explicit Complaints(std::string path) : path_(std::move(path)) {}
  std::string path_;
  UniqueFd fd_{};
};

struct Start {
  std::vector<std::string> words;
  std::vector<std::string> variables;
};

Error become_runtime(const Start& start, int complaints) {
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const bool moved = nothing && ::dup2(nothing.get(), STDIN_FILENO) >= 0 &&
                     ::dup2(nothing.get(), STDOUT_FILENO) >= 0 &&
                     ::dup2(complaints, STDERR_FILENO) >= 0;
  if (!moved) return failed("put the runtime's streams in their places");
  if (auto entered = enter_own_namespace(0, 0, CLONE_NEWNS); !entered) return entered.error();
  ::execve(start.words[0].c_str(), argument_array(start.words).data(),
           argument_array(start.variables).data());
  return failed("start " + start.words[0]);
}

/// The runtime, then the container.
class Watch {
 public:
  Watch(const std::string& folder, Signals signals, ExitFolder exits, Complaints complaints)
      : folder_(folder),
        signals_(std::move(signals)),
        exits_(std::move(exits)),
        complaints_(std::move(complaints)) {}

  Result<void> start(const Start& start) {
    // conmon is nobody's child when the runtime has ended.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    runtime_ = ::fork();
    if (runtime_ < 0) return failed("start the runtime");
    if (runtime_ > 0) return {};
    signals_.restore();
    const auto error = become_runtime(start, complaints_.fd());
    const auto next = error.hint.empty() ? "" : "next: " + error.hint + "\n";
    static_cast<void>(write_all(complaints_.fd(), "chainer: " + error.what + "\n" + next));
    ::_exit(126);
  }

  Result<int> until_the_end() {
    for (;;) {
      pollfd ready[] = {{signals_.fd(), POLLIN, 0}, {exits_.fd(), POLLIN, 0}};
      ::poll(ready, std::size(ready), -1);
      while (const int number = signals_.next()) take(number);
      TRY_ASSIGN(const auto code, exits_.code());
      if (code) return *code;
      if (runtimes_code_.value_or(0) != 0) {
        complaints_.show();
        return *runtimes_code_;
      }
      if (nobody_is_left_) return Error{"the container's end was lost: its conmon is gone", ""};
      TRY(pass_on());
    }
  }

 private:
  void take(int number) {
    if (number == SIGCHLD) return reap();
    waiting_.push_back(number);
  }

  void reap() {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended == runtime_) runtimes_code_ = shell_exit_code(status);
    }
    nobody_is_left_ = ended < 0;
  }

  /// Those that came too early reach the command as well.
  Result<void> pass_on() {
    if (!runtimes_code_) return {};
    if (!command_) {
      TRY_ASSIGN(const int process, number_in(folder_ + "/pid"));
      command_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    }
    for (const int number : std::exchange(waiting_, {}))
      ::syscall(SYS_pidfd_send_signal, command_->get(), number, nullptr, 0);
    return {};
  }

  const std::string& folder_;
  Signals signals_;
  ExitFolder exits_;
  Complaints complaints_;
  pid_t runtime_{-1};
  std::optional<int> runtimes_code_{};
  bool nobody_is_left_{false};
  std::optional<UniqueFd> command_{};
  std::vector<int> waiting_{};
};

}  // namespace

Result<int> run_in_background(const std::string& folder, std::vector<std::string> words,
                              const std::vector<std::string>& variables) {
  TRY_ASSIGN(const auto handover, gather_descriptors());
  TRY(write_new_file(folder + "/" + told_folder + "/" + handover_file, handover.to_text()));
  const auto option = std::ranges::find(words, descriptors_option);
  if (words.end() - option < 2)
    return Error{"the runtime's command line has no place for files", ""};
  *(option + 1) = std::to_string(number_of_descriptors(handover));
  TRY(configure(folder));
  TRY_ASSIGN(auto signals, Signals::block());
  TRY_ASSIGN(auto exits, ExitFolder::make(folder));
  TRY_ASSIGN(auto complaints, Complaints::make(folder));
  Watch watch(folder, std::move(signals), std::move(exits), std::move(complaints));
  TRY(watch.start({std::move(words), variables}));
  return watch.until_the_end();
}

}  // namespace chainer
