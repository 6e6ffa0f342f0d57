#include "spank_plugin/login_side.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "scratch_folder.hpp"
#include "spank_plugin/carried_options.hpp"

namespace chainer::login_side_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A command's environment, and what Slurm calls in it.
class TheLoginSide : public testing::Test {
 protected:
  void TearDown() override {
    for (const auto& name : set_) ::unsetenv(name.c_str());
  }
  void set(const std::string& name, const std::string& value) {
    ::setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }
  /// As Slurm itself passes a job's option on: the last value of a repeated one.
  void inherit(const std::string& option, const std::string& value) {
    set("SLURM_SPANK__SLURM_SPANK_OPTION_chainer_chainer_" + option, value);
  }
  void take(Option option, const std::string& value) {
    side_.take(option_specs[static_cast<std::size_t>(option)], value);
  }
  std::string settle(Command command = Command::srun,
                     const std::string& conf = "/nowhere/plugin.conf") {
    const auto settled = side_.settle(command, conf);
    return settled ? "settled" : settled.error().what;
  }
  const RawOptions& options() const { return side_.options(); }

  LoginSide side_;

 private:
  std::vector<std::string> set_;
};

TEST_F(TheLoginSide, PrefersTheCommandToTheJobAndTheJobToVariables) {
  inherit("workdir", "/job");
  set(carried_variable, "chainer-workdir=/job\nchainer-env=job\nchainer-image=job\n");
  set("CHAINER_SUBMIT_WORKDIR", "/variable");
  set("CHAINER_SUBMIT_ENV", "variable");
  set("CHAINER_SUBMIT_KEEP", "VARIABLE");
  take(Option::workdir, "/job");
  take(Option::workdir, "/own");
  EXPECT_EQ(settle(), "settled");
  EXPECT_EQ(options().value_of(Option::workdir), "/own");
  EXPECT_EQ(options().value_of(Option::env), "job");
  EXPECT_EQ(options().value_of(Option::keep), "VARIABLE");
}

TEST_F(TheLoginSide, KnowsWhatAJobSaidFromWhatTheCommandRepeats) {
  inherit("writable", "(null)");
  take(Option::writable, "(null)");
  EXPECT_EQ(settle(), "settled");
  EXPECT_EQ(options().origin_of(Option::writable), Origin::job);

  take(Option::writable, "(null)");
  take(Option::writable, "");
  EXPECT_THAT(settle(), HasSubstr("--chainer-writable needs an image"));
}

TEST_F(TheLoginSide, TakesEveryMountOfAJob) {
  inherit("mount", "/b:/b");
  set(carried_variable, "chainer-image=debian\nchainer-mount=/a:/a\nchainer-mount=/b:/b\n");
  take(Option::mount, "/b:/b");
  EXPECT_EQ(settle(), "settled");
  EXPECT_THAT(options().mounts(), ElementsAre("/a:/a", "/b:/b"));
}

TEST_F(TheLoginSide, AddsItsOwnMountsToTheJobs) {
  inherit("mount", "/b:/b");
  set(carried_variable, "chainer-image=debian\nchainer-mount=/a:/a\nchainer-mount=/b:/b\n");
  take(Option::mount, "/b:/b");
  take(Option::mount, "/c:/c");
  take(Option::mount, "/b:/b");
  EXPECT_EQ(settle(), "settled");
  EXPECT_THAT(options().mounts(), ElementsAre("/a:/a", "/b:/b", "/c:/c"));

  take(Option::mount, "/b:/b");
  take(Option::mount, "none");
  take(Option::mount, "/c:/c");
  EXPECT_THAT(settle(), HasSubstr("differs"));  // of the component before
  EXPECT_THAT(options().mounts(), ElementsAre("/c:/c"));
}

TEST_F(TheLoginSide, ReplacesTheMountsOfAVariable) {
  set("CHAINER_SUBMIT_MOUNT", "/a:/a");
  take(Option::image, "debian");
  take(Option::mount, "/c:/c");
  EXPECT_EQ(settle(), "settled");
  EXPECT_THAT(options().mounts(), ElementsAre("/c:/c"));
}

TEST_F(TheLoginSide, BelievesACarriedVariableOnlyWhereTheEnvironmentWasCut) {
  set(carried_variable, "variable chainer-image=debian\n");
  EXPECT_EQ(settle(), "settled");
  EXPECT_FALSE(options().has(Option::image));
  set("SLURM_EXPORT_ENV", "NONE");
  LoginSide cut;
  ASSERT_TRUE(cut.settle(Command::srun, "/nowhere/plugin.conf"));
  EXPECT_EQ(cut.options().value_of(Option::image), "debian");
}

TEST_F(TheLoginSide, RefusesComponentsThatDiffer) {
  take(Option::image, "debian");
  EXPECT_EQ(settle(), "settled");
  take(Option::image, "alpine");
  EXPECT_EQ(settle(),
            "--chainer-image differs between the components of one srun: 'debian' in the first, "
            "'alpine' in a later one");
}

TEST_F(TheLoginSide, DoesNotTakeAnSrunsFirstComponentForAJob) {
  take(Option::image, "debian");
  EXPECT_EQ(settle(), "settled");
  set(carried_variable, *carried_text(options()));  // as the plugin does then
  EXPECT_THAT(settle(), HasSubstr("'debian' in the first, not given in a later one"));
}

TEST_F(TheLoginSide, TakesAnSbatchsFirstComponentForADefault) {
  take(Option::image, "debian");
  EXPECT_EQ(settle(Command::sbatch), "settled");
  set(carried_variable, *carried_text(options()));
  EXPECT_EQ(settle(Command::sbatch), "settled");
  EXPECT_EQ(options().value_of(Option::image), "debian");
}

TEST_F(TheLoginSide, RefusesOptionsOfAnotherVersion) {
  set(carried_variable, "chainer-later=1\n");
  EXPECT_THAT(settle(), HasSubstr("'chainer-later'"));
}

TEST_F(TheLoginSide, NamesAVariableThatIsWrong) {
  set("CHAINER_SUBMIT_SHM_SIZE", "plenty");
  EXPECT_THAT(settle(Command::salloc), HasSubstr("CHAINER_SUBMIT_SHM_SIZE: "));
}

/// How long Slurm's PMIx lets tasks wait for others.
class ThePatienceOfTasks : public TheLoginSide {
 protected:
  void TearDown() override {
    ::unsetenv("SLURM_PMIX_TIMEOUT");
    TheLoginSide::TearDown();
  }
  /// What srun passes on, where plugin.conf has these lines too.
  std::string given(const std::string& lines, Command command = Command::srun) {
    const auto conf = folder_.make_file("plugin.conf", "store /nowhere\n" + lines);
    EXPECT_EQ(settle(command, conf), "settled");
    const char* value = ::getenv("SLURM_PMIX_TIMEOUT");
    return value == nullptr ? "" : value;
  }
  void ask_for_an_image() { take(Option::image, "debian@sha256:" + std::string(64, 'a')); }
  fixtures::ScratchFolder folder_;
};

TEST_F(ThePatienceOfTasks, IsTheSites) {
  ask_for_an_image();
  EXPECT_EQ(given("pmix_timeout 700\n"), "700");
}

TEST_F(ThePatienceOfTasks, IsAnHourUnlessTheSiteSays) {
  ask_for_an_image();
  EXPECT_EQ(given(""), "3600");
}

TEST_F(ThePatienceOfTasks, IsTheUsersWhereTheUserSays) {
  set("SLURM_PMIX_TIMEOUT", "20");
  ask_for_an_image();
  EXPECT_EQ(given(""), "20");
}

TEST_F(ThePatienceOfTasks, IsSlurmsWhereTheSiteLeavesIt) {
  ask_for_an_image();
  EXPECT_EQ(given("pmix_timeout 0\n"), "");
}

TEST_F(ThePatienceOfTasks, IsSlurmsWithoutAnImage) { EXPECT_EQ(given(""), ""); }

TEST_F(ThePatienceOfTasks, IsNotOfAScript) {
  ask_for_an_image();
  EXPECT_EQ(given("", Command::sbatch), "");
}

/// A site whose helper finds no image, and says why on stderr.
class ATagThatNobodyHas : public TheLoginSide {
 protected:
  void SetUp() override {
    conf_ = folder_.make_file("plugin.conf", "store /nowhere\nhelper /bin/false\n");
    take(Option::image, "debian:12");
  }
  fixtures::ScratchFolder folder_;
  std::string conf_;
};

TEST_F(ATagThatNobodyHas, EndsAnSrunThatWouldAskForAJob) {
  EXPECT_EQ(settle(Command::srun, conf_), "");
}

TEST_F(ATagThatNobodyHas, IsLearnedInAJobWhileTheStepIsMade) {
  set("SLURM_JOB_ID", "7");
  EXPECT_EQ(settle(Command::srun, conf_), "settled");
  EXPECT_EQ(options().resolved(), "");
  const auto finished = side_.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().what, "");
  EXPECT_EQ(options().resolved(), not_resolved);
  const auto again = side_.finish();
  EXPECT_TRUE(again && !*again);
}

}  // namespace
}  // namespace chainer::login_side_test
