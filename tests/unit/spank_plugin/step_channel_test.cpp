#include "spank_plugin/step_channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <set>
#include <vector>

namespace chainer::step_channel_test {
namespace {

using Role = StepChannel::Role;

/// slurmstepd with tasks as forked children; each task's exit code is what its body returned.
class AStep : public testing::Test {
 protected:
  void SetUp() override {
    auto channel = StepChannel::create();
    ASSERT_TRUE(channel);
    channel_ = *std::move(channel);
  }

  template <typename Body>
  void start(Role role, Body&& body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      channel_->take(role);
      ::_exit(body(*channel_));
    }
    tasks_.push_back(pid);
  }

  std::vector<int> exit_codes() {
    std::vector<int> codes;
    for (const pid_t pid : tasks_) {
      int status = 0;
      ::waitpid(pid, &status, 0);
      codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
    return codes;
  }

  static SharedContainer files(const char* first, const char* second) {
    SharedContainer container;
    container.mount_namespace.reset(::open(first, O_RDONLY | O_CLOEXEC));
    container.env_pin.reset(::open(second, O_RDONLY | O_CLOEXEC));
    return container;
  }

  static bool is(const UniqueFd& fd, const char* path) {
    struct stat opened {
    }, named{};
    return fd && ::fstat(fd.get(), &opened) == 0 && ::stat(path, &named) == 0 &&
           opened.st_ino == named.st_ino;
  }

  static int publish(StepChannel& channel) {
    if (!channel.wait_until_attached()) return 2;
    return channel.publish(files("/etc/passwd", "/etc/group")) ? 0 : 1;
  }

  static int receive(StepChannel& channel) {
    const auto got = channel.receive();
    if (!got) return got.error().what.empty() ? 3 : 4;  // 3: it was told already
    return is(got->mount_namespace, "/etc/passwd") && !got->image_pin &&
                   is(got->env_pin, "/etc/group")
               ? 0
               : 1;
  }

  static std::set<int> open_descriptors() {
    std::set<int> open;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      open.insert(std::atoi(entry.path().filename().c_str()));
    }
    return open;
  }

  std::unique_ptr<StepChannel> channel_;
  std::vector<pid_t> tasks_;
};

TEST_F(AStep, SharesWhatTheFirstTaskPreparedWithEveryTask) {
  start(Role::prepares, publish);
  for (int i = 0; i < 40; ++i) start(Role::waits, receive);
  channel_->first_task_is_attached();
  EXPECT_EQ(exit_codes(), std::vector<int>(41, 0));
}

TEST_F(AStep, KeepsItForTasksThatComeAfterTheFirstHasEnded) {
  start(Role::prepares, publish);
  channel_->first_task_is_attached();
  EXPECT_EQ(exit_codes(), std::vector<int>{0});
  tasks_.clear();
  for (int i = 0; i < 3; ++i) start(Role::waits, receive);
  EXPECT_EQ(exit_codes(), std::vector<int>(3, 0));
}

TEST_F(AStep, FailsEveryTaskWithTheFirst) {
  start(Role::prepares, [](StepChannel& channel) { return channel.publish_failure(), 9; });
  for (int i = 0; i < 3; ++i) start(Role::waits, receive);
  channel_->first_task_is_attached();
  EXPECT_EQ(exit_codes(), (std::vector<int>{9, 3, 3, 3}));
}

TEST_F(AStep, FailsEveryTaskWhenTheFirstIsKilledBeforeItPublished) {
  start(Role::waits, receive);
  start(Role::prepares, [](StepChannel&) { return ::raise(SIGKILL); });
  start(Role::waits, receive);
  channel_->first_task_is_attached();
  EXPECT_EQ(exit_codes(), (std::vector<int>{4, -1, 4}));
}

TEST_F(AStep, PublishesNothingWhereTheCommandStaysOnTheHost) {
  start(Role::prepares, [](StepChannel& channel) { return channel.publish({}) ? 0 : 1; });
  start(Role::waits, [](StepChannel& channel) {
    const auto got = channel.receive();
    return got && !got->mount_namespace && !got->image_pin && !got->env_pin ? 0 : 1;
  });
  channel_->first_task_is_attached();
  EXPECT_EQ(exit_codes(), (std::vector<int>{0, 0}));
}

TEST_F(AStep, LetsTheFirstTaskWaitUntilItIsAttached) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  start(Role::prepares, [&](StepChannel& channel) {
    const bool attached = channel.wait_until_attached().has_value();
    char word = 0;
    // Written before first_task_is_attached was called: what comes after it must find it.
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return attached && ::read(ends[0], &word, 1) == 1 ? 0 : 1;
  });
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  channel_->first_task_is_attached();
  EXPECT_EQ(exit_codes(), std::vector<int>{0});
}

TEST_F(AStep, TellsTheFirstTaskThatSlurmstepdEnded) {
  start(Role::prepares, [](StepChannel& channel) { return channel.wait_until_attached() ? 0 : 5; });
  channel_.reset();
  EXPECT_EQ(exit_codes(), std::vector<int>{5});
}

TEST_F(AStep, LeavesNoDescriptorToAProgram) {
  const auto with_channel = open_descriptors();
  channel_.reset();
  const auto without = open_descriptors();
  auto another = StepChannel::create();
  EXPECT_EQ(with_channel.size(), without.size() + 6);
  for (const int fd : open_descriptors()) {
    if (!without.contains(fd)) {
      EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
    }
  }
}

}  // namespace
}  // namespace chainer::step_channel_test
