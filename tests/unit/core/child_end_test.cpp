#include "core/child_end.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace chainer::child_end_test {
namespace {

template <typename Body>
pid_t forked(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  return child;
}

TEST(ChildEnd, IsTheExitCode) {
  EXPECT_EQ(shell_exit_code(wait_for_end(forked([] { ::_exit(3); }))), 3);
}

TEST(ChildEnd, IsTheSignalAboveTheExitCodes) {
  EXPECT_EQ(shell_exit_code(wait_for_end(forked([] { ::raise(SIGKILL); }))), 128 + SIGKILL);
}

TEST(ChildEnd, IsWaitedForOnce) {
  const pid_t child = forked([] {});
  wait_for_end(child);
  EXPECT_EQ(::waitpid(child, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace chainer::child_end_test
