#include "submit/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "core/argument_array.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

struct Pipe {
  UniqueFd read_end, write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::from_errno("cannot make a pipe", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Reads both pipes until both are closed: a program that fills one while the other is read would
/// wait for ever.
void drain(UniqueFd& out, std::string& out_text, UniqueFd& err, std::string& err_text) {
  std::array<char, 16 * 1024> buffer;
  const auto take = [&](UniqueFd& fd, std::string& text) {
    const auto got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got > 0)
      text.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got == 0 || errno != EINTR)
      fd.reset();
  };
  while (out || err) {
    pollfd waiting[] = {{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}};  // -1 is passed over
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return;
    if (waiting[0].revents != 0) take(out, out_text);
    if (waiting[1].revents != 0) take(err, err_text);
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<Finished> RealProcessRunner::run(const std::vector<std::string>& argv,
                                        const std::vector<std::string>& environment,
                                        Errors errors) {
  auto out = make_pipe();
  if (!out) return std::move(out).error();
  auto err = make_pipe();
  if (!err) return std::move(err).error();

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  const std::unique_ptr<posix_spawn_file_actions_t, int (*)(posix_spawn_file_actions_t*)> owner(
      &actions, ::posix_spawn_file_actions_destroy);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out->write_end.get(), STDOUT_FILENO);
  if (errors == Errors::collected) {
    ::posix_spawn_file_actions_adddup2(&actions, err->write_end.get(), STDERR_FILENO);
  }
  pid_t child = 0;
  const int failure =
      ::posix_spawnp(&child, argv[0].c_str(), &actions, nullptr, argument_array(argv).data(),
                     argument_array(environment).data());
  if (failure != 0) return Error::from_errno("cannot run " + argv[0], failure, Fault::try_again);

  Finished finished;
  out->write_end.reset();
  err->write_end.reset();
  drain(out->read_end, finished.out, err->read_end, finished.err);
  finished.code = wait_for(child);
  return finished;
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

std::vector<std::string> own_environment() {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable; ++variable) environment.emplace_back(*variable);
  return environment;
}

}  // namespace chainer
