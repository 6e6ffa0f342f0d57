#include "submit/run/local_job.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "core/argument_array.hpp"
#include "core/characters.hpp"
#include "core/fd_io.hpp"
#include "core/printable.hpp"
#include "core/text_file.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::run {
namespace {

constexpr int lock_fd = 9;  // where the script looks for it

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// "NUMBER HOST", as the script wrote it.
struct Holder {
  std::string number, host;
};
Holder holder_in(const std::string& text) {
  const auto line = text.substr(0, text.find('\n'));
  const auto blank = line.find(' ');
  const auto number = line.substr(0, blank);
  const bool is_number = !number.empty() && std::ranges::all_of(number, is_digit);
  if (blank == line.npos || !is_number) return {};
  return {number, printable(line.substr(blank + 1))};
}

Holder holder_of(const RunFolder& folder) {
  const auto text = read_text_file(folder.running());
  return text ? holder_in(*text) : Holder{};
}

std::string first_word(const std::string& path) {
  const auto text = read_text_file(path);
  return text ? printable(text->substr(0, text->find('\n'))) : std::string();
}

/// The file of a run's lock. In another account's run it may be anything: a FIFO would hold up the
/// opening.
UniqueFd open_lock(const RunFolder& folder) {
  return UniqueFd(::open(folder.running().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

bool is_locked(const UniqueFd& file) {
  return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/// In the child: becomes the script.
[[noreturn]] void become_script(const RunFolder& folder, int lock,
                                const std::vector<std::string>& environment) {
  ::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGHUP, SIGTERM}) ::signal(number, SIG_DFL);
  const auto log = folder.log(std::to_string(::getpid()));
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (output < 0 || ::dup2(null, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::dup2(output, STDERR_FILENO) < 0 || ::dup2(lock, lock_fd) < 0) {
    ::_exit(126);
  }
  const std::vector<std::string> arguments{"bash", "-p", folder.local_script()};
  ::execve("/bin/bash", argument_array(arguments).data(), argument_array(environment).data());
  ::_exit(127);
}

}  // namespace

bool is_alive(const RunFolder& folder) { return is_locked(open_lock(folder)); }

Result<std::string> start_local_job(const RunFolder& folder,
                                    const std::vector<std::string>& environment) {
  // Above the number that it will get: dup2 then leaves it open in the script.
  const UniqueFd made(
      ::open(folder.running().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  const UniqueFd lock(made ? ::fcntl(made.get(), F_DUPFD_CLOEXEC, lock_fd + 1) : -1);
  if (!lock) return Error::from_errno("cannot make " + folder.running(), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return Error::from_errno("cannot lock " + folder.running(), errno);
  const pid_t child = ::fork();
  if (child < 0) return Error::from_errno("cannot start the run", errno, Fault::try_again);
  if (child == 0) become_script(folder, lock.get(), environment);
  return std::to_string(child);
}

std::string number_of_local_job(const RunFolder& folder) { return holder_of(folder).number; }

JobStates local_job_states(const RunFolder& folder, const std::string& job) {
  if (is_alive(folder)) return {{job, "", "RUNNING", "", holder_of(folder).host}};
  const auto state = first_word(fmt::format("{}/{}.0/state", folder.attempts(), job));
  if (state.empty()) return {};
  return {{job, "", state, "", holder_of(folder).host}};
}

Result<Cancelled> cancel_local_job(const RunFolder& folder) {
  constexpr std::size_t longest_line = 4096;
  const auto lock = open_lock(folder);
  if (!is_locked(lock)) return Cancelled::was_over;
  // Whoever owns the file says which process it is. It is read where it was looked at: its name may
  // lead elsewhere by now.
  struct stat status {};
  if (::fstat(lock.get(), &status) != 0 || status.st_uid != ::geteuid()) {
    return Error{fmt::format("{} is another account's run", folder.id()), "that account can end it",
                 0, Fault::user};
  }
  const auto text = read_all(lock.get(), longest_line);
  const auto holder = text ? holder_in(*text) : Holder{};
  if (holder.host != host_name()) {
    return Error{
        fmt::format("{} runs on {}", folder.id(), holder.host),
        fmt::format("call {} there", shell_words({"chainer-submit", "cancel", folder.path()})), 0,
        Fault::user};
  }
  const auto process = static_cast<pid_t>(std::atoi(holder.number.c_str()));
  if (process <= 1) return Error{fmt::format("cannot tell which process runs {}", folder.id()), ""};
  // The script ends what it has started. Where the script alone was ended, its process group is
  // asked instead.
  if (::kill(process, SIGTERM) == 0 || ::kill(-process, SIGTERM) == 0) {
    return Cancelled::was_asked;
  }
  return Error::from_errno(fmt::format("cannot end process {}", process), errno);
}

}  // namespace chainer::run
