#include "node/doctor/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/spawn.hpp"

namespace chainer::doctor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_said = 64 * 1024;

/// Starts it in a process group of its own, both outputs in `out`.
Result<pid_t> start(const std::vector<std::string>& argv, int out) {
  Spawn program;
  program.open("/dev/null", O_RDONLY, STDIN_FILENO);
  program.give(out, STDOUT_FILENO);
  program.give(out, STDERR_FILENO);
  program.lead_group();
  return program.start(argv);
}

/// Reads until the other end is closed; false when the time is over before.
bool read_until(Clock::time_point end, int fd, std::string& said) {
  std::array<char, 4096> buffer{};
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waited{fd, POLLIN, 0};
    if (left <= 0) return false;
    if (::poll(&waited, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = read_some(fd, buffer.data(), buffer.size());
    if (got <= 0) return true;
    const auto room = most_said - std::min(most_said, said.size());
    said.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

/// Programs close their outputs a moment before they end. The child stays to be reaped, so that
/// nobody else gets its number.
bool ends_until(Clock::time_point end, pid_t child) {
  constexpr timespec moment{0, 1'000'000};
  while (true) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
        info.si_pid == child) {
      return true;
    }
    if (Clock::now() >= end) return false;
    ::nanosleep(&moment, nullptr);
  }
}

}  // namespace

Result<CommandAnswer> run_command(const std::vector<std::string>& argv,
                                  std::chrono::milliseconds patience) {
  TRY_ASSIGN(auto pipe, Pipe::create());
  TRY_ASSIGN(const auto child, start(argv, pipe.write_end.get()));
  pipe.write_end.reset();
  CommandAnswer answer;
  const auto end = Clock::now() + patience;
  const bool is_done = read_until(end, pipe.read_end.get(), answer.said) && ends_until(end, child);
  ::kill(-child, SIGKILL);  // whatever it left behind
  answer.code = shell_exit_code(wait_for_end(child));
  if (!is_done)
    return Error{argv[0] + " has not answered for " + std::to_string(patience.count()) + " ms", "",
                 ETIMEDOUT, Fault::try_again};
  return answer;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace chainer::doctor
