#include "core/spawn.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"

namespace chainer::spawn_test {
namespace {

/// What a shell script writes to its standard output, when it is started so.
std::string written_by(Spawn& shell, const std::string& script) {
  auto output = Pipe::create();
  shell.give(output->write_end.get(), STDOUT_FILENO);
  const auto child = shell.start({"sh", "-c", script});
  if (!child) return child.error().what;
  output->write_end.reset();
  const auto text = read_all(output->read_end.get(), 4096);
  wait_for_end(*child);
  return *text;
}

/// Blocks SIGTERM and ignores SIGPIPE for the length of a test, as srun and chainer-node do.
class ACallerWithSignalsOfItsOwn : public testing::Test {
 protected:
  void SetUp() override {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, &mask_);
    handler_ = ::signal(SIGPIPE, SIG_IGN);
  }
  void TearDown() override {
    ::signal(SIGPIPE, handler_);
    ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }

 private:
  sigset_t mask_{};
  sighandler_t handler_{SIG_DFL};
};

/// Whether the shell blocks SIGTERM and ignores SIGPIPE, in the kernel's words.
std::string signals_of(Spawn& shell) {
  const auto sets = written_by(shell,
                               "while read name set; do case $name in SigBlk:|SigIgn:) echo $set;; "
                               "esac; done </proc/$$/status");
  const auto has = [](const std::string& set, int signal) {
    return (std::stoull(set, nullptr, 16) >> (signal - 1) & 1) != 0;
  };
  return std::string(has(sets.substr(0, 16), SIGTERM) ? "blocked" : "open") + " " +
         (has(sets.substr(17, 16), SIGPIPE) ? "ignored" : "default");
}

TEST(Spawn, GivesTheProgramWhatIsNamed) {
  Spawn shell;
  shell.open("/dev/null", O_RDONLY, STDIN_FILENO);
  EXPECT_EQ(written_by(shell, "readlink /proc/$$/fd/0"), "/dev/null\n");
}

TEST(Spawn, ClosesWhatTheProgramMustNotHold) {
  const int held = ::fcntl(STDIN_FILENO, F_DUPFD, 50);
  Spawn shell;
  shell.close_from(STDERR_FILENO + 1);
  EXPECT_EQ(written_by(shell, "test -e /proc/$$/fd/" + std::to_string(held) + " || echo closed"),
            "closed\n");
  ::close(held);
}

TEST(Spawn, StartsALeaderOfAGroup) {
  Spawn shell;
  shell.lead_group();
  EXPECT_EQ(written_by(shell,
                       "read pid name state parent group rest </proc/$$/stat; "
                       "test $pid = $group && echo leads"),
            "leads\n");
}

TEST(Spawn, GivesTheProgramNothingButTheEnvironmentThatIsNamed) {
  auto output = Pipe::create();
  Spawn program;
  program.give(output->write_end.get(), STDOUT_FILENO);
  const auto child = program.start({"env"}, {"A=b c"});
  ASSERT_TRUE(child);
  output->write_end.reset();
  EXPECT_EQ(*read_all(output->read_end.get(), 4096), "A=b c\n");
  EXPECT_EQ(wait_for_end(*child), 0);
}

TEST(Spawn, SaysWhatCannotBeStartedAndWhy) {
  Spawn program;
  const auto child = program.start({"no-such-program-anywhere"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().what, "cannot start no-such-program-anywhere: No such file or directory");
  EXPECT_EQ(child.error().error_number, ENOENT);
}

TEST_F(ACallerWithSignalsOfItsOwn, IsInheritedByDefault) {
  Spawn shell;
  EXPECT_EQ(signals_of(shell), "blocked ignored");
}

TEST_F(ACallerWithSignalsOfItsOwn, CanBeLeftBehind) {
  Spawn shell;
  shell.unblock_signals();
  shell.reset_signal(SIGPIPE);
  EXPECT_EQ(signals_of(shell), "open default");
}

}  // namespace
}  // namespace chainer::spawn_test
