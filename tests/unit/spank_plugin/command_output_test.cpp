#include "spank_plugin/command_output.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "scratch_folder.hpp"

namespace chainer::command_output_test {
namespace {

using fixtures::contents_of;
using fixtures::ScratchFolder;

TEST(TheOutputOfACommand, IsWhatItPrints) { EXPECT_EQ(*output_of({"echo", "a b"}, 100), "a b\n"); }

TEST(TheOutputOfACommand, OfOneThatFailedIsAnErrorWithoutText) {
  const auto output = output_of({"false"}, 100);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().what, "");
}

TEST(TheOutputOfACommand, ThatIsNotThereIsNamed) {
  const auto output = output_of({"/nowhere/program"}, 100);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().what, "cannot start /nowhere/program: No such file or directory");
}

TEST(TheOutputOfACommand, OfOneThatCouldNotSayWhyIsAnErrorThatNamesIt) {
  EXPECT_EQ(output_of({"sh", "-c", "kill -KILL $$"}, 100).error().what,
            "sh was killed by signal 9 before it had an answer");
  EXPECT_EQ(output_of({"sh", "-c", "exit 127"}, 100).error().what,
            "sh ended with exit code 127 before it had an answer");
  EXPECT_EQ(output_of({"sh", "-c", "kill -INT $$"}, 100).error().what, "");
}

TEST(TheOutputOfACommand, ThatNeverEndsIsNotWaitedFor) { EXPECT_FALSE(output_of({"yes"}, 100)); }

TEST(ARunningCommand, RunsBesideItsCaller) {
  auto one = RunningCommand::start({"cat", "/dev/null"});
  auto other = RunningCommand::start({"echo", "beside"});
  ASSERT_TRUE(one && other);
  EXPECT_EQ(*(*std::move(other)).output(100), "beside\n");
  EXPECT_EQ(*(*std::move(one)).output(100), "");
}

TEST(ARunningCommand, EndsWhenNobodyWaitsForItAnyMore) {
  const ScratchFolder folder;
  const auto pid_file = folder / "pid";
  {
    auto sleeper = RunningCommand::start({"sh", "-c",
                                          "echo $$ >" + pid_file + ".new; mv " + pid_file +
                                              ".new " + pid_file + "; exec sleep 1000"});
    ASSERT_TRUE(sleeper);
    while (!std::filesystem::exists(pid_file)) ::usleep(1000);
  }
  EXPECT_EQ(::kill(std::stoi(contents_of(pid_file)), 0), -1);
}

}  // namespace
}  // namespace chainer::command_output_test
