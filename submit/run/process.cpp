#include "submit/run/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <string_view>
#include <utility>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/result.hpp"
#include "core/spawn.hpp"
#include "core/unique_fd.hpp"

namespace chainer::run {
namespace {

/// A descriptor that becomes readable when the process ends.
UniqueFd open_process(pid_t child) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}

class RealProcess : public RunningProcess {
 public:
  RealProcess(pid_t child, UniqueFd end, UniqueFd out, UniqueFd err)
      : child_(child), end_(std::move(end)), out_(std::move(out)), err_(std::move(err)) {
    for (const auto* fd : {&out_, &err_}) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  }

  ~RealProcess() override {
    if (child_ == 0) return;
    ::kill(child_, SIGTERM);
    pollfd end{end_.get(), POLLIN, 0};
    if (::poll(&end, 1, patience_ms) <= 0) ::kill(child_, SIGKILL);
    reap();
  }

  std::optional<Finished> wait(std::chrono::milliseconds time) override {
    const auto until = std::chrono::steady_clock::now() + time;
    while (true) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      // poll ignores negative descriptors. Both pipes are read: a program that fills one while only
      // the other is read would wait forever.
      pollfd waiting[] = {
          {end_.get(), POLLIN, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
      const auto ready = ::poll(waiting, 3, static_cast<int>(std::max(left.count(), 0L)));
      take(out_, finished_.out);
      take(err_, finished_.err);
      // The end of the process counts, not that of its pipes: what it left running may hold those.
      if (ready > 0 && waiting[0].revents != 0) {
        finished_.code = reap();
        take(out_, finished_.out);
        take(err_, finished_.err);
        return std::move(finished_);
      }
      if (ready <= 0) return std::nullopt;
    }
  }

 private:
  static constexpr int patience_ms = 1000;  // after SIGTERM

  static void take(UniqueFd& fd, std::string& text) {
    std::array<char, std::size_t{16} * 1024> buffer;
    while (fd) {
      const auto got = read_some(fd.get(), buffer.data(), buffer.size());
      if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) fd.reset();
    }
  }

  int reap() { return shell_exit_code(wait_for_end(std::exchange(child_, 0))); }

  pid_t child_;
  UniqueFd end_, out_, err_;
  Finished finished_;
};

}  // namespace

Result<Finished> ProcessRunner::run(const std::vector<std::string>& argv,
                                    const std::vector<std::string>& environment) {
  TRY_ASSIGN(auto running, start(argv, environment));
  while (true) {
    if (auto finished = running->wait(std::chrono::minutes(1))) return *std::move(finished);
  }
}

Result<std::unique_ptr<RunningProcess>> RealProcessRunner::start(
    const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  TRY_ASSIGN(auto out, Pipe::create());
  TRY_ASSIGN(auto err, Pipe::create());

  Spawn program;
  program.open("/dev/null", O_RDONLY, STDIN_FILENO);
  program.give(out.write_end.get(), STDOUT_FILENO);
  program.give(err.write_end.get(), STDERR_FILENO);
  const auto child = program.start(argv, environment);
  if (!child) {
    const int failure = child.error().error_number;
    return Error::from_errno("cannot run " + argv[0], failure, Fault::try_again);
  }

  auto end = open_process(*child);
  if (!end) {
    const int why = errno;
    ::kill(*child, SIGKILL);
    ::waitpid(*child, nullptr, 0);
    return Error::from_errno("cannot watch " + argv[0], why, Fault::node);
  }
  return std::unique_ptr<RunningProcess>(std::make_unique<RealProcess>(
      *child, std::move(end), std::move(out.read_end), std::move(err.read_end)));
}

std::vector<std::string> without_slurm_settings(std::vector<std::string> environment) {
  std::erase_if(environment, [](std::string_view variable) {
    const auto name = variable.substr(0, variable.find('='));
    if (name == "SLURM_CONF" || name == "SLURM_CONF_SERVER" || name == "SLURM_JWT") return false;
    return name.starts_with("SBATCH_") || name.starts_with("SLURM_") ||
           name.starts_with("CHAINER_SUBMIT_");
  });
  return environment;
}

std::vector<std::string> environment_of_questions(std::vector<std::string> environment) {
  constexpr std::string_view prefixes[] = {"SINFO_",   "SQUEUE_",   "SACCT_", "SACCTMGR_",
                                           "SCANCEL_", "SCONTROL_", "SRUN_"};
  environment = without_slurm_settings(std::move(environment));
  std::erase_if(environment, [&](std::string_view variable) {
    return std::ranges::any_of(
        prefixes, [&](std::string_view prefix) { return variable.starts_with(prefix); });
  });
  return environment;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable; ++variable) environment.emplace_back(*variable);
  return environment;
}

}  // namespace chainer::run
