// A program started with posix_spawn: what it gets, and its start.
#pragma once

#include <signal.h>
#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer {

/// Describes a program and starts it, once. The program gets the caller's descriptors that exec
/// does not close, and what is named here, in the order of the calls.
class Spawn {
 public:
  Spawn();
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn();

  /// Gives it the caller's descriptor `fd` under this number.
  void give(int fd, int number);
  /// Gives it a file under this number, opened with these flags.
  void open(const char* path, int flags, int number);
  /// Closes all descriptors from this number on, once it has been given the others.
  void close_from(int number);
  /// Starts it with no signal blocked, whatever its caller has blocked.
  void unblock_signals();
  /// Starts it with this signal's default action, even where its caller ignores the signal.
  void reset_signal(int signal);
  /// Makes it the leader of a process group of its own.
  void lead_group();

  /// Starts the first word of `command`, which is looked up on PATH, with the caller's environment.
  /// The child is the caller's to wait for. An Error keeps the errno.
  Result<pid_t> start(const std::vector<std::string>& command);
  /// The same with `environment`, which holds NAME=VALUE and is all that it gets.
  Result<pid_t> start(const std::vector<std::string>& command,
                      const std::vector<std::string>& environment);

 private:
  Result<pid_t> start_with(const std::vector<std::string>& command, char* const* environment);

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  sigset_t reset_signals_;
  short flags_{0};
  int close_from_{0};  ///< 0: nothing is closed
};

}  // namespace chainer
