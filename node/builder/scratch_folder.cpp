#include "node/builder/scratch_folder.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "core/child_end.hpp"

namespace chainer::builder {
namespace {

namespace fs = std::filesystem;

constexpr int removal_attempts = 20;
constexpr std::chrono::milliseconds removal_pause{25};

/// Removes what is in the folder; true when nothing is left.
bool empty_folder(const std::string& path) {
  std::error_code failure;
  for (fs::directory_iterator it(path, failure), end; !failure && it != end;
       it.increment(failure)) {
    std::error_code ignored;
    fs::remove_all(it->path(), ignored);
  }
  return fs::is_empty(path, failure) || failure;
}

/// What the builder started inside the image ends a moment after our pipes do, and may still write.
/// The folder itself may lie where only root can remove it.
void remove_folder(const std::string& path) {
  for (int attempt = 0; attempt < removal_attempts && !empty_folder(path); ++attempt) {
    std::this_thread::sleep_for(removal_pause);
  }
  ::rmdir(path.c_str());
}

/// Waits for the child; a signal that means "end" ends it first.
int wait_for(pid_t child, const sigset_t& signals) {
  int wait_status = 0;
  while (true) {
    const int number = ::sigwaitinfo(&signals, nullptr);
    if (number > 0 && number != SIGCHLD) ::kill(child, SIGKILL);
    const pid_t ended = ::waitpid(child, &wait_status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) return shell_exit_code(wait_status);
  }
}

}  // namespace

int run_with_scratch_folder(const std::string& path, const std::function<int()>& work) {
  sigset_t signals;
  sigset_t before;
  ::sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, &before);

  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::_exit(work());
  }
  ::close_range(3, ~0U, 0);
  const int status = child > 0 ? wait_for(child, signals) : 1;
  remove_folder(path);
  return status;
}

}  // namespace chainer::builder
