#include "spank_plugin/child.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <stdexcept>

#include "in_child.hpp"

namespace chainer::child_test {
namespace {

/// A child that says "ready" and waits; the pipe's end shows that it is gone.
struct Waiting {
  int ends[2];
  Waiting() { [[maybe_unused]] const int made = ::pipe(ends); }

  std::function<void()> body(bool ignores_sigterm) const {
    return [this, ignores_sigterm] {
      if (ignores_sigterm) ::signal(SIGTERM, SIG_IGN);
      [[maybe_unused]] const auto written = ::write(ends[1], "r", 1);
      while (true) ::pause();
    };
  }
  void await_ready() const {
    char word = 0;
    [[maybe_unused]] const auto got = ::read(ends[0], &word, 1);
  }
  bool is_gone() {
    ::close(ends[1]);
    char word = 0;
    return ::read(ends[0], &word, 1) == 0;
  }
};

TEST(AChild, TellsItsWaitStatus) {
  auto child = Child::fork([] { ::_exit(42); });
  ASSERT_TRUE(child);
  const auto status = child->wait();
  ASSERT_TRUE(status);
  EXPECT_EQ(WEXITSTATUS(*status), 42);
}

TEST(AChild, ThatDoesNotExitByItselfEndsWith127) {
  auto child = Child::fork([] {});
  EXPECT_EQ(WEXITSTATUS(*child->wait()), 127);
}

TEST(AChild, EndsWithWhatItThrows) {
  // In a child of its own: an exception that got out would unwind into this test as a second one.
  EXPECT_EQ(fixtures::in_child([] {
              const pid_t parent = ::getpid();
              try {
                auto child = Child::fork([] { throw std::runtime_error("out of memory"); });
                const auto status = child->wait();
                return "ended with " + std::to_string(WEXITSTATUS(*status));
              } catch (const std::exception&) {
                if (::getpid() != parent) ::kill(parent, SIGKILL);
                return std::string("went on");
              }
            }),
            "ended with 126");
}

TEST(AChild, IsStoppedAndReapedWhenItsOwnerGoes) {
  Waiting waiting;
  {
    auto child = Child::fork(waiting.body(false));
    waiting.await_ready();
  }
  EXPECT_TRUE(waiting.is_gone());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(AChild, ThatIgnoresSigtermIsKilled) {
  Waiting waiting;
  {
    auto child = Child::fork(waiting.body(true));
    waiting.await_ready();
  }
  EXPECT_TRUE(waiting.is_gone());
}

TEST(AChild, ThatHasEndedIsStoppedWithoutAWord) {
  auto child = Child::fork([] { ::_exit(0); });
  Child::stop({&*child});
  Child::stop({&*child});
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(AChild, BelongsToWhoItWasMovedTo) {
  Waiting waiting;
  auto first = Child::fork(waiting.body(false));
  waiting.await_ready();
  {
    const Child second = *std::move(first);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), 0);
  }
  EXPECT_TRUE(waiting.is_gone());
}

TEST(AChild, GetsTheSignalsThatItsParentBlocks) {
  EXPECT_EQ(fixtures::in_child([] {
              sigset_t all;
              ::sigfillset(&all);
              ::sigprocmask(SIG_SETMASK, &all, nullptr);
              auto child = Child::fork([] {
                sigset_t mask;
                ::sigprocmask(SIG_SETMASK, nullptr, &mask);
                ::_exit(::sigismember(&mask, SIGTERM));
              });
              int status = 0;
              ::waitpid(-1, &status, 0);
              return "blocked: " + std::to_string(WEXITSTATUS(status));
            }),
            "blocked: 0");
}

/// As in task_init_privileged: SIGTERM is blocked, and pending once the step is cancelled.
std::string wait_while_cancelled(const std::function<std::string()>& body) {
  return fixtures::in_child([&] {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    ::raise(SIGINT);
    return body();
  });
}

TEST(AWait, EndsWithItsPatience) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto ready = wait_readable_or_cancelled(ends[0], std::chrono::milliseconds(50));
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().error_number, ETIMEDOUT);
}

TEST(ACancelledStep, EndsTheWaitForADescriptor) {
  EXPECT_EQ(wait_while_cancelled([] {
              int ends[2];
              [[maybe_unused]] const int made = ::pipe(ends);
              const auto ready = wait_readable_or_cancelled(ends[0]);
              return ready ? "readable" : ready.error().what;
            }),
            "the step was cancelled");
}

TEST(ACancelledStep, StillSeesWhatCanBeReadAlready) {
  EXPECT_EQ(wait_while_cancelled([] {
              int ends[2];
              [[maybe_unused]] const int made = ::pipe(ends);
              ::close(ends[1]);
              return std::string(wait_readable_or_cancelled(ends[0]) ? "readable" : "cancelled");
            }),
            "readable");
}

TEST(ACancelledStep, EndsTheWaitForAChild) {
  EXPECT_EQ(wait_while_cancelled([] {
              auto child = Child::fork([] { ::pause(); });
              const auto status = child->wait();
              return status ? "ended" : status.error().what;
            }),
            "the step was cancelled");
}

}  // namespace
}  // namespace chainer::child_test
