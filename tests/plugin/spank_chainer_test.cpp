// The built plugin under a fake Slurm that calls its hooks as the real one did.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "plugin/failing_malloc.hpp"
#include "plugin/fake_slurm.hpp"
#include "plugin/forbidden_calls.hpp"

namespace chainer::fixtures {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  return ::pclose(pipe) == 0 ? text : "failed: " + text;
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// ---- the file -------------------------------------------------------------------------------

TEST(TheSharedObject, ExportsNothingButWhatSlurmLooksFor) {
  std::istringstream names(output_of("nm -D --defined-only " PLUGIN " | cut -d' ' -f3"));
  int hooks = 0;
  for (std::string name; names >> name;) {
    EXPECT_TRUE(name.starts_with("plugin_") || name.starts_with("slurm_spank_")) << name;
    hooks += name.starts_with("slurm_spank_");
  }
  EXPECT_EQ(hooks, 8);
}

TEST(TheSharedObject, NeedsNoLibraryButTheCLibrary) {
  const auto needed =
      output_of("readelf -d " PLUGIN " | grep NEEDED | sed 's/.*\\[\\(.*\\)\\]/\\1/' | sort");
  EXPECT_THAT(needed, testing::AnyOf("ld-linux-x86-64.so.2\nlibc.so.6\n", "libc.so.6\n",
                                     "ld-linux-aarch64.so.1\nlibc.so.6\n"));
}

// ---- steps that ask nothing of us -----------------------------------------------------------

class AnyRecording : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Recorded, AnyRecording,
                         testing::Values("srun", "srun-failing", "srun-three-tasks", "sbatch",
                                         "salloc", "srun-cancelled"),
                         [](const auto& recorded) {
                           std::string name = recorded.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(AnyRecording, WithoutOurOptionsSucceedsAndSaysNothing) {
  const auto result = replay(read_recording(GetParam()), {});
  EXPECT_FALSE(result.outcomes.empty());
  EXPECT_THAT(result.outcomes, Each(Field(&Outcome::code, 0)));
  EXPECT_EQ(result.errors, "");
}

TEST_P(AnyRecording, WithoutOurOptionsDoesNoWorkAtAll) {
  const auto recording = read_recording(GetParam());
  Scenario scenario;
  scenario.at_start = forbid_work;
  const auto result = replay(recording, scenario);
  for (const auto& [process, end] : result.ends) EXPECT_EQ(end, "exit 0") << process;
  EXPECT_EQ(result.ends.size(), recording.size());
}

TEST_P(AnyRecording, SwitchedOffDoesNoWorkOnTheNode) {
  const auto recording = read_recording(GetParam());
  Scenario scenario;
  scenario.environment = {"CHAINER_SUBMIT_OFF=1", "CHAINER_SUBMIT_SHM_SIZE=1m"};
  scenario.at_start = forbid_work;
  const auto result = replay(recording, scenario);
  for (const auto& [process, end] : result.ends) EXPECT_EQ(end, "exit 0") << process;
}

TEST(TheFakeSlurm, NoticesWork) {
  Scenario scenario;
  scenario.environment = {"CHAINER_SUBMIT_SHM_SIZE=1m"};
  scenario.at_start = forbid_work;
  EXPECT_EQ(replay(read_recording("srun"), scenario).ends.at("slurmstepd of step 0"), "signal 31");
}

// ---- what may fail where --------------------------------------------------------------------

TEST(AWrongOption, IsRefusedOnTheLoginSide) {
  Scenario scenario;
  scenario.options = {{"chainer-shm-size", "plenty"}};
  const auto result = replay(read_recording("srun"), scenario);
  EXPECT_NE(result.code_of("local", "option_local"), 0);
  EXPECT_THAT(result.errors, HasSubstr("--chainer-shm-size: "));
}

TEST(AWrongVariable, IsRefusedOnTheLoginSide) {
  Scenario scenario;
  scenario.environment = {"CHAINER_SUBMIT_SHM_SIZE=plenty"};
  const auto result = replay(read_recording("salloc"), scenario);
  EXPECT_EQ(result.ends.at("allocator"), "exit 1");
  EXPECT_THAT(result.errors, HasSubstr("CHAINER_SUBMIT_SHM_SIZE: "));
}

class AnOptionWithoutAnImage : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  Replay played(const char* recording, std::vector<std::string> variables = {}) {
    Scenario scenario;
    scenario.options = {GetParam()};
    scenario.environment = std::move(variables);
    return replay(read_recording(recording), scenario);
  }
  std::string option() const { return std::string("--") + GetParam().first; }
};
INSTANTIATE_TEST_SUITE_P(
    Each, AnOptionWithoutAnImage,
    testing::Values(std::pair{"chainer-env", "lock"}, std::pair{"chainer-mount", "/a:/b"},
                    std::pair{"chainer-workdir", "/w"}, std::pair{"chainer-runtime", "native"},
                    std::pair{"chainer-writable", nullptr}, std::pair{"chainer-keep", "A"},
                    std::pair{"chainer-auth", "file"}, std::pair{"chainer-batch", nullptr},
                    std::pair{"chainer-prepare", nullptr}, std::pair{"chainer-home", nullptr},
                    std::pair{"chainer-entrypoint", nullptr}, std::pair{"chainer-root", nullptr}));

TEST_P(AnOptionWithoutAnImage, IsRefusedBySrun) {
  const auto result = played("srun");
  EXPECT_EQ(result.ends.at("local"), "exit 1");
  EXPECT_THAT(result.errors, HasSubstr(option() + " needs an image"));
  EXPECT_THAT(result.errors, HasSubstr("; add --chainer-image=REF"));
}

TEST_P(AnOptionWithoutAnImage, IsADefaultWhenTheJobHasItAndSrunSaysSo) {
  std::string name = std::string("SLURM_SPANK__SLURM_SPANK_OPTION_chainer_") + GetParam().first;
  std::ranges::replace(name, '-', '_');
  const auto result =
      played("srun", {name + "=" + (GetParam().second ? GetParam().second : "(null)")});
  EXPECT_EQ(result.code_of("local", "init_post_opt"), 0);
  EXPECT_EQ(result.errors, "chainer: without effect in this step, which has no image: the job's " +
                               option() + "\n");
  EXPECT_THAT(result.ends, Each(testing::Pair(testing::_, "exit 0")));
}

TEST_P(AnOptionWithoutAnImage, IsForStepsToComeWhenSallocIsGivenIt) {
  const bool is_for_the_script = GetParam().first == std::string("chainer-batch");
  EXPECT_EQ(played("salloc").ends.at("allocator"), is_for_the_script ? "exit 1" : "exit 0");
}

TEST(AVariableWithoutAnImage, IsADefaultThatNobodySpeaksOf) {
  Scenario scenario;
  scenario.environment = {"CHAINER_SUBMIT_MOUNT=/a:/b", "CHAINER_SUBMIT_ENV=lock",
                          "CHAINER_SUBMIT_WORKDIR=/w", "CHAINER_SUBMIT_WRITABLE=1",
                          "CHAINER_SUBMIT_BATCH=1"};
  for (const auto* recording : {"srun", "sbatch", "salloc"}) {
    const auto result = replay(read_recording(recording), scenario);
    EXPECT_EQ(result.errors, "") << recording;
    EXPECT_THAT(result.ends, Each(testing::Pair(testing::_, "exit 0"))) << recording;
  }
}

class AWrongOptionOnTheNode : public testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Forged, AWrongOptionOnTheNode,
                         testing::Values(std::pair{"chainer-shm-size", "plenty"},
                                         std::pair{"chainer-image", "::"},
                                         std::pair{"chainer-mount", "x"},
                                         std::pair{"chainer-env", ""}));

TEST_P(AWrongOptionOnTheNode, IsNotOverlookedWhereItWouldDoNothing) {
  Scenario scenario;
  scenario.options = {GetParam()};
  const auto result = replay(read_recording("srun"), scenario);
  EXPECT_EQ(result.code_of("slurmstepd of step 0", "init_post_opt"), 0);
  EXPECT_EQ(result.ends.at("task 0 of step 0"), "exit 1");
}

TEST_P(AWrongOptionOnTheNode, FailsNoHookBeforeTheTasksAndThenEveryTask) {
  Scenario scenario;
  scenario.options = {{"chainer-shm-size", "1m"}, GetParam()};
  const auto result = replay(read_recording("srun"), scenario);
  for (const auto* early :
       {"init", "option_remote", "init_post_opt", "user_init", "task_post_fork", "exit"}) {
    EXPECT_EQ(result.code_of("slurmstepd of step 0", early), 0) << early;
  }
  EXPECT_EQ(result.ends.at("task 0 of step 0"), "exit 1");
  EXPECT_EQ(result.code_of("task 0 of step 0", "task_init"), 999);
  EXPECT_THAT(result.errors, HasSubstr("chainer: node "));
}

TEST(AFailureOnTheNode, IsSaidOnceForAllItsTasks) {
  Scenario scenario;
  scenario.environment = {"CHAINER_SUBMIT_SHM_SIZE=plenty"};
  const auto result = replay(read_recording("srun-three-tasks"), scenario);
  for (const auto* task : {"task 0", "task 1", "task 2"})
    EXPECT_EQ(result.ends.at(std::string(task) + " of step 0"), "exit 1");
  EXPECT_EQ(count(result.errors, "chainer: node "), 1) << result.errors;
  EXPECT_EQ(count(result.errors, "\nnext: "), 1) << result.errors;
  EXPECT_THAT(
      result.errors,
      HasSubstr(", step 7.0: cannot read /nowhere/plugin.conf: No such file or directory\n"));
}

/// With `optional` in plugstack.conf Slurm goes on whatever a hook returns.
TEST(AFailureOnTheNode, EndsEveryTaskOfItself) {
  Scenario scenario;
  scenario.environment = {"CHAINER_SUBMIT_SHM_SIZE=plenty"};
  scenario.is_required = false;
  const auto result = replay(read_recording("srun-three-tasks"), scenario);
  EXPECT_EQ(result.ends.at("local"), "exit 1");
  for (const auto* task : {"task 0", "task 1", "task 2"})
    EXPECT_EQ(result.ends.at(std::string(task) + " of step 0"), "exit 1");
  EXPECT_THAT(result.said, IsEmpty());
}

TEST(AnUnknownArgumentInPlugstackConf, IsToldToThoseWhoUseThePlugin) {
  Scenario scenario;
  scenario.arguments = {"cnof=/etc/chainer/plugin.conf"};
  auto result = replay(read_recording("srun"), scenario);
  EXPECT_THAT(result.ends, Each(testing::Pair(testing::_, "exit 0")));
  EXPECT_EQ(result.errors, "");

  scenario.options = {{"chainer-shm-size", "1m"}};
  result = replay(read_recording("srun"), scenario);
  EXPECT_EQ(result.ends.at("local"), "exit 1");
  EXPECT_EQ(result.code_of("slurmstepd of step 0", "init_post_opt"), 0);
  EXPECT_EQ(result.ends.at("task 0 of step 0"), "exit 1");
  EXPECT_EQ(count(result.errors, "the argument 'cnof=/etc/chainer/plugin.conf'"), 2);
}

TEST(ABatchScript, StaysOnTheHostUnlessItIsAskedFor) {
  Scenario scenario;
  scenario.options = {{"chainer-shm-size", "1m"}};
  auto result = replay(read_recording("sbatch"), scenario);
  EXPECT_EQ(result.code_of("task 0 of step batch", "task_init"), 0);
  EXPECT_EQ(result.ends.at("task 0 of step 0"), "exit 1");

  scenario.options = {{"chainer-shm-size", "1m"}, {"chainer-batch", nullptr}};
  result = replay(read_recording("sbatch"), scenario);
  EXPECT_EQ(result.ends.at("task 0 of step batch"), "exit 1");
}

TEST(Attach, IsRefusedBesideWhatMakesAContainerAndWhereNoStepStarts) {
  Scenario scenario;
  scenario.options = {{"chainer-attach", nullptr}, {"chainer-writable", nullptr}};
  auto result = replay(read_recording("srun"), scenario);
  EXPECT_EQ(result.ends.at("local"), "exit 1");
  EXPECT_THAT(result.errors, HasSubstr("--chainer-writable changes nothing with --chainer-attach"));

  scenario.options = {{"chainer-attach", nullptr}};
  result = replay(read_recording("salloc"), scenario);
  EXPECT_EQ(result.ends.at("allocator"), "exit 1");
  EXPECT_THAT(result.errors, HasSubstr("--chainer-attach is for srun alone, not for "));
}

TEST(Attach, TakesNoEmptyValue) {
  Scenario scenario;
  scenario.options = {{"chainer-attach", ""}};
  const auto result = replay(read_recording("srun"), scenario);
  EXPECT_NE(result.code_of("local", "option_local"), 0);
  EXPECT_THAT(result.errors, HasSubstr("--chainer-attach: the value is empty"));
}

TEST(Hooks, StartNoThread) {
  Scenario scenario;
  scenario.options = {{"chainer-shm-size", "1m"}, {"chainer-mount", "/a:/b"}};
  EXPECT_THAT(replay(read_recording("srun"), scenario).outcomes, Each(Field(&Outcome::threads, 1)));
}

// ---- memory ---------------------------------------------------------------------------------

/// Lets memory run out after each number of allocations in turn, in the hooks of slurmstepd and its
/// tasks.
class WithoutMemory : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!malloc_can_fail()) GTEST_SKIP() << "a sanitizer brings its own malloc";
  }
};
INSTANTIATE_TEST_SUITE_P(In, WithoutMemory,
                         testing::Values("init", "option_remote", "init_post_opt",
                                         "task_init_privileged"));

TEST_P(WithoutMemory, NothingIsThrownAndNoStepRunsBare) {
  const std::string hook = GetParam();
  // The start of init makes the thread-local data of exceptions, in two pieces.
  for (int allocations = hook == "init" ? 2 : 0; allocations < 40; ++allocations) {
    Scenario scenario;
    scenario.conf = "/nowhere/with/a/name/that/is/too/long/for/a/small/string/plugin.conf";
    scenario.options = {{"chainer-shm-size", "1m"},
                        {"chainer-mount", "/a/source/that/is/rather/long:/a/destination"}};
    scenario.before_hook = [&](const Call& call) {
      if (call.hook == hook && call.context == "remote") memory_runs_out_after(allocations);
    };
    scenario.after_hook = [](const Call&) { memory_is_back(); };
    const auto result = replay(read_recording("srun"), scenario);
    const std::string when = "after " + std::to_string(allocations) + " allocations in " + hook;
    EXPECT_EQ(result.ends.at("slurmstepd of step 0"), "exit 0") << when;
    // The line in the node's log needs the user's name, and glibc's name service aborts without
    // memory. That ends the task too.
    const auto& end = result.ends.at("task 0 of step 0");
    const bool names_user = hook == "task_init_privileged";
    if (names_user) {
      EXPECT_THAT(end, AnyOf("exit 1", "signal 6", "signal 11")) << when << result.errors;
    } else {
      EXPECT_EQ(end, "exit 1") << when << result.errors;
    }
    EXPECT_EQ(result.code_of("task 0 of step 0", "task_init"), 999) << when;
  }
}

// ---- a whole step ---------------------------------------------------------------------------

/// As root, in a mount namespace that is thrown away.
class AStepWithSharedMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "needs root: it mounts";
    conf_ = "/run/chainer-plugin-test." + std::to_string(::getpid());
    std::ofstream(conf_) << "store /nowhere\n";
    ::chmod(conf_.c_str(), 0644);
    scenario_.conf = conf_;
    scenario_.options = {{"chainer-shm-size", "3m"}};
    scenario_.at_end = [] {
      struct statvfs shm {};
      ::statvfs("/dev/shm", &shm);
      std::string capabilities;
      std::ifstream status("/proc/self/status");
      for (std::string word; status >> word;) {
        if (word == "CapPrm:" || word == "NoNewPrivs:") status >> word, capabilities += " " + word;
      }
      return std::to_string(shm.f_blocks * shm.f_frsize) + " uid " + std::to_string(::getuid()) +
             capabilities;
    };
  }
  void TearDown() override { ::unlink(conf_.c_str()); }

  std::string conf_;
  Scenario scenario_;
};

TEST_F(AStepWithSharedMemory, StartsItsTaskWithItAndWithoutCapabilities) {
  const auto result = replay(read_recording("srun"), scenario_);
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(result.said.at("task 0 of step 0"), "3145728 uid 65534 0000000000000000 1");
}

TEST_F(AStepWithSharedMemory, LeavesNoDescriptorWithTheTaskButTheChannel) {
  const auto result = replay(read_recording("srun"), scenario_);
  EXPECT_EQ(result.of("task_init").at(0).opened,
            -1);  // the namespace is closed after it was entered
}

TEST_F(AStepWithSharedMemory, GivesItToEveryTask) {
  scenario_.options.clear();
  scenario_.environment = {"CHAINER_SUBMIT_SHM_SIZE=3m"};
  const auto result = replay(read_recording("srun-three-tasks"), scenario_);
  EXPECT_EQ(result.errors, "");
  EXPECT_THAT(result.said, testing::SizeIs(3));
  EXPECT_THAT(result.said, Each(testing::Pair(testing::_, "3145728 uid 65534 0000000000000000 1")));
}

}  // namespace
}  // namespace chainer::fixtures
