#include "core/spawn.hpp"

#include <unistd.h>

#include "core/argument_array.hpp"

namespace chainer {

Spawn::Spawn() {
  ::posix_spawn_file_actions_init(&actions_);
  ::posix_spawnattr_init(&attributes_);
  ::sigemptyset(&reset_signals_);
}

Spawn::~Spawn() {
  ::posix_spawnattr_destroy(&attributes_);
  ::posix_spawn_file_actions_destroy(&actions_);
}

void Spawn::give(int fd, int number) { ::posix_spawn_file_actions_adddup2(&actions_, fd, number); }

void Spawn::open(const char* path, int flags, int number) {
  ::posix_spawn_file_actions_addopen(&actions_, number, path, flags, 0);
}

void Spawn::close_from(int number) { close_from_ = number; }

void Spawn::unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes_, &none);
  flags_ |= POSIX_SPAWN_SETSIGMASK;
}

void Spawn::reset_signal(int signal) {
  ::sigaddset(&reset_signals_, signal);
  ::posix_spawnattr_setsigdefault(&attributes_, &reset_signals_);
  flags_ |= POSIX_SPAWN_SETSIGDEF;
}

void Spawn::lead_group() { flags_ |= POSIX_SPAWN_SETPGROUP; }

Result<pid_t> Spawn::start(const std::vector<std::string>& command) {
  return start_with(command, environ);
}

Result<pid_t> Spawn::start(const std::vector<std::string>& command,
                           const std::vector<std::string>& environment) {
  return start_with(command, argument_array(environment).data());
}

Result<pid_t> Spawn::start_with(const std::vector<std::string>& command, char* const* environment) {
  ::posix_spawnattr_setflags(&attributes_, flags_);
  if (close_from_ > 0) ::posix_spawn_file_actions_addclosefrom_np(&actions_, close_from_);
  const auto arguments = argument_array(command);
  pid_t child = 0;
  const int failure =
      ::posix_spawnp(&child, arguments[0], &actions_, &attributes_, arguments.data(), environment);
  if (failure != 0) return Error::from_errno("cannot start " + command[0], failure);
  return child;
}

}  // namespace chainer
