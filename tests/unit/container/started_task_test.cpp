#include "core/container/started_task.hpp"

#include <gtest/gtest.h>

namespace chainer::started_task_test {
namespace {

TEST(AStartedTask, IsReadAsItWasWritten) {
  const StartedTask task{.settings = {"debian:12", true, {"A", "B"}, {"LC_*"}},
                         .zone_of_host = {"Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"},
                         .workdir = "/work=here",
                         .of_job = {"/home/ada/a\nb", true},
                         .umask = 027,
                         .entrypoint = true,
                         .command = "./train.py"};
  const auto read = StartedTask::parse(task.to_text());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->settings.image, "debian:12");
  EXPECT_TRUE(read->settings.has_environment);
  EXPECT_EQ(read->settings.keep, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(read->settings.drop, std::vector<std::string>{"LC_*"});
  EXPECT_EQ(read->zone_of_host.name, "Europe/Berlin");
  EXPECT_EQ(read->zone_of_host.rule, "CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(read->workdir, "/work=here");
  EXPECT_EQ(read->of_job.path, "/home/ada/a\nb");
  EXPECT_TRUE(read->of_job.is_demanded);
  EXPECT_EQ(read->umask, 027U);
  EXPECT_TRUE(read->entrypoint);
  EXPECT_EQ(read->command, "./train.py");
}

TEST(AStartedTask, OfLittleSaysLittle) {
  StartedTask task{};
  task.command = "true";
  const auto read = StartedTask::parse(task.to_text());
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->settings.has_environment);
  EXPECT_TRUE(read->settings.keep.empty());
  EXPECT_FALSE(read->of_job.is_demanded);
  EXPECT_FALSE(read->entrypoint);
}

TEST(AStartedTask, IsNotReadFromWhatSaysNothing) {
  const auto refusal = [](const std::vector<std::string>& records) {
    return StartedTask::parse(to_records(records)).error().what;
  };
  EXPECT_EQ(refusal({}), "the task has no command");
  EXPECT_EQ(refusal({"command=true", "colour=red"}), "'colour=red' says nothing of a task");
  EXPECT_EQ(refusal({"command"}), "'command' says nothing of a task");
}

TEST(Records, KeepEveryWordAndLeaveOutAnUnfinishedOne) {
  const std::vector<std::string> words{"a b", "", "line\nbreak"};
  EXPECT_EQ(from_records(to_records(words)), words);
  EXPECT_EQ(from_records("unfinished"), std::vector<std::string>{});
}

}  // namespace
}  // namespace chainer::started_task_test
