// How a child process ended. Depends on libc alone: it is part of chainer-inside too.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <cerrno>

namespace chainer {

/// Waits until `child` has ended, and reaps it. Returns its status as waitpid(2) gives it.
inline int wait_for_end(pid_t child) {
  int wait_status = 0;
  while (::waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
  }
  return wait_status;
}

/// A wait status as shells tell it: the exit code, or 128 and the number of the signal.
inline int shell_exit_code(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace chainer
