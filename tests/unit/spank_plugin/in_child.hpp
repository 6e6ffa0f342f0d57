// Running part of a test in a process of its own, which may change its account, namespace or
// signals.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace chainer::fixtures {

/// What `body` returned in a forked child; "ended with N" (the wait status) when it did not return.
inline std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    const std::string text = "=" + body();
    const bool written = ::write(ends[1], text.data(), text.size()) >= 0;
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return text.empty() ? "ended with " + std::to_string(status) : text.substr(1);
}

}  // namespace chainer::fixtures

#define NEEDS_ROOT() \
  if (::getuid() != 0) GTEST_SKIP() << "needs root: it changes accounts or mounts"
