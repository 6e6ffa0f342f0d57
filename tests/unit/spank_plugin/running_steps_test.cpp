#include "spank_plugin/running_steps.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/pipe.hpp"
#include "in_child.hpp"
#include "scratch_folder.hpp"

namespace chainer::running_steps_test {
namespace {

using fixtures::ScratchFolder;

/// slurmstepd as a process that makes a channel, has its task publish and note the step, and waits.
class ARunningStep : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_ROOT();
    scratch_.make_folder("run");
  }
  void TearDown() override {
    for (const pid_t pid : started_) end(pid);
  }

  static Step step(std::uint32_t number, std::uint32_t job = 12, uid_t uid = 1000) {
    Step made;
    made.job_id = job;
    made.step_id = number;
    made.account.uid = uid;
    return made;
  }

  pid_t start(const Step& step, const char* file) {
    auto ready = *Pipe::create();
    const pid_t pid = ::fork();
    if (pid == 0) {
      const auto channel = *StepChannel::create();
      const pid_t task = ::fork();
      if (task == 0) {
        SharedContainer container;
        container.mount_namespace.reset(::open(file, O_RDONLY | O_CLOEXEC));
        container.image = "image of " + std::string(file);
        const bool published = channel->publish(container).has_value();
        note_running_step(run_, step, channel->waiting_end());
        ::_exit(published ? 0 : 1);
      }
      ::waitpid(task, nullptr, 0);
      if (::write(ready.write_end.get(), "r", 1) != 1) ::_exit(1);
      while (true) ::pause();
    }
    ready.write_end.reset();
    char word = 0;
    EXPECT_EQ(::read(ready.read_end.get(), &word, 1), 1);
    started_.push_back(pid);
    return pid;
  }

  void end(pid_t pid) {
    if (std::erase(started_, pid) == 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  std::string found(const NamedStep& named, const Step& by) {
    const auto container = find_running_step(run_, named, by);
    return container ? container->image : container.error().what;
  }

  std::size_t notes() const {
    const std::filesystem::directory_iterator entries(run_ + "/steps");
    return static_cast<std::size_t>(std::distance(begin(entries), {}));
  }

  ScratchFolder scratch_;
  std::string run_{scratch_ / "run"};
  std::vector<pid_t> started_;
};

TEST_F(ARunningStep, IsFoundByItsNumberOrAsTheNewest) {
  start(step(7), "/etc/passwd");
  start(step(3), "/etc/group");
  EXPECT_EQ(found({}, step(9)), "image of /etc/group");
  EXPECT_EQ(found({{}, 7}, step(9)), "image of /etc/passwd");
  EXPECT_EQ(found({12, 7}, step(9)), "image of /etc/passwd");
}

TEST_F(ARunningStep, GivesCopiesOfWhatItsTasksShare) {
  start(step(1), "/etc/passwd");
  for (int i = 0; i < 2; ++i) {
    const auto container = find_running_step(run_, {}, step(9));
    ASSERT_TRUE(container);
    struct stat got {
    }, named{};
    ASSERT_EQ(::fstat(container->mount_namespace.get(), &got), 0);
    ASSERT_EQ(::stat("/etc/passwd", &named), 0);
    EXPECT_EQ(got.st_ino, named.st_ino);
    EXPECT_FALSE(container->env_pin);
  }
}

TEST_F(ARunningStep, IsNobodyElses) {
  start(step(1), "/etc/passwd");
  EXPECT_EQ(found({}, step(9, 13)),
            "cannot enter a step of job 13: none runs in a container on this node");
  EXPECT_EQ(found({}, step(9, 12, 1001)),
            "cannot enter a step of job 12: none runs in a container on this node");
  EXPECT_EQ(found({12, 1}, step(9, 13)), "cannot enter a step of job 12 from job 13");
}

TEST_F(ARunningStep, IsNotFoundOnceItHasEnded) {
  end(start(step(1), "/etc/passwd"));
  EXPECT_EQ(notes(), 1U);
  EXPECT_EQ(found({{}, 1}, step(9)),
            "cannot enter the step 12.1: it runs in no container on this node");
  EXPECT_EQ(notes(), 0U);
}

TEST_F(ARunningStep, IsNotTakenForAnotherComponentOfItself) {
  start(step(1), "/etc/passwd");
  start(step(1), "/etc/group");
  EXPECT_EQ(found({}, step(9)),
            "cannot enter the step 12.1: several components of it run on this node, each in a "
            "container of its own");
}

TEST_F(ARunningStep, OfWhichADescriptorWasExchangedIsNotEntered) {
  const pid_t pid = start(step(1), "/etc/passwd");
  const auto path = run_ + "/steps/12.1." + std::to_string(pid);
  unsigned long long uid = 0, started = 0, descriptor = 0, socket = 0, at = 0;
  std::ifstream(path) >> uid >> started >> descriptor >> socket >> at;
  std::ofstream(path) << uid << ' ' << started << ' ' << descriptor << ' ' << socket + 1 << ' '
                      << at;
  EXPECT_EQ(found({}, step(9)), "cannot enter the step 12.1: it has just ended: No such process");
  std::ofstream(path) << uid << ' ' << started << ' ' << 999 << ' ' << socket << ' ' << at;
  EXPECT_EQ(found({}, step(9)),
            "cannot enter the step 12.1: cannot reach its slurmstepd: Bad file descriptor");
}

TEST_F(ARunningStep, IsForgottenByItsOwnSlurmstepdAlone) {
  start(step(1), "/etc/passwd");
  forget_running_step(run_, step(1));  // this process is another
  EXPECT_EQ(found({}, step(9)), "image of /etc/passwd");
}

}  // namespace
}  // namespace chainer::running_steps_test
