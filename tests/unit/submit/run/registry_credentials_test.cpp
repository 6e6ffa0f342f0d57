#include "submit/run/registry_credentials.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "fakes.hpp"
#include "small_plan.hpp"
#include "temporary_folder.hpp"

namespace chainer::registry_credentials_test {
namespace {

plan::Plan plan_with(std::optional<plan::RegistryLogin> login) {
  auto plan = small_plan();
  plan.login = std::move(login);
  return plan;
}

TEST(RegistryCredentials, AreDockersAuthJson) {
  const TemporaryFolder folder;
  const auto file = folder.write("password", "s3cret\r\n");
  EXPECT_EQ(
      *run::read_credentials(plan_with(plan::RegistryLogin{"h.org", "ada", file, "", ""}), {}),
      "{\"auths\":{\"h.org\":{\"auth\":\"YWRhOnMzY3JldA==\"}}}\n");
  for (const auto& [password, encoded] : {std::pair{"", "YWRhOg=="},
                                          {"1", "YWRhOjE="},
                                          {"12", "YWRhOjEy"},
                                          {"\xff\xfe", "YWRhOv/+"}}) {
    const auto plan = plan_with(plan::RegistryLogin{"h.org", "ada", "", "PASSWORD", ""});
    EXPECT_EQ(*run::read_credentials(plan, {std::string("PASSWORD=") + password}),
              std::string("{\"auths\":{\"h.org\":{\"auth\":\"") + encoded + "\"}}}\n");
  }
  EXPECT_EQ(*run::read_credentials(plan_with(std::nullopt), {}), "");
}

TEST(RegistryCredentials, OfAFileAreThatFile) {
  const TemporaryFolder folder;
  const auto good = folder.write("auth.json", "{\"auths\": {}}");
  const auto bad = folder.write("bad.json", "password");
  EXPECT_EQ(*run::read_credentials(plan_with(plan::RegistryLogin{"h.org", "", "", "", good}), {}),
            "{\"auths\": {}}");
  EXPECT_EQ(run::read_credentials(plan_with(plan::RegistryLogin{"h.org", "", "", "", bad}), {})
                .error()
                .what,
            "cannot use " + bad + ": it is no JSON object");
}

TEST(RegistryCredentials, OfAVariableThatIsNotSetAreTheUsersToSet) {
  const auto none = run::read_credentials(
      plan_with(plan::RegistryLogin{"h.org", "ada", "", "PASSWORD", ""}), {"A=1"});
  EXPECT_EQ(none.error().what, "image_registry_details.password_env: $PASSWORD is not set");
  EXPECT_EQ(none.error().fault, Fault::user);
}

TEST(RegistryCredentials, AreTakenOutOfWhatTheJobGets) {
  const auto plan = plan_with(plan::RegistryLogin{"h.org", "ada", "", "PASSWORD", ""});
  EXPECT_EQ(run::without_password({"A=1", "PASSWORD=x", "PASSWORDS=y"}, plan),
            (std::vector<std::string>{"A=1", "PASSWORDS=y"}));
  EXPECT_EQ(run::without_password({"PASSWORD=x"}, plan_with(std::nullopt)),
            (std::vector<std::string>{"PASSWORD=x"}));
}

/// Runs of a user's, with credentials.
class OldCredentials : public testing::Test {
 protected:
  OldCredentials() : runs_(*run::OwnRuns::open(folder_ / "runs", ::getuid(), "ada")) {}

  run::RunFolder run(const std::string& name) {
    auto folder = *run::RunFolder::create(runs_, name, 0);
    EXPECT_TRUE(run::keep_credentials(folder, "secret"));
    EXPECT_TRUE(run::mark_credentials(runs_, folder));
    return folder;
  }

  void drop() { run::drop_old_credentials(runs_, {processes_, pause_, 0}); }

  struct Folder : TemporaryFolder {
    Folder() { std::filesystem::create_directory(*this / "runs"); }
  } folder_;
  run::OwnRuns runs_;
  FakeProcesses processes_;
  FakePause pause_;
};

TEST_F(OldCredentials, StayForAJobInTheQueueAndGoWithItsEnd) {
  const auto waiting = run("waiting"), over = run("over");
  processes_.answers = {{0, "7|" + waiting.path() + "\n", ""}};
  drop();
  EXPECT_TRUE(std::filesystem::exists(waiting.credentials()));
  EXPECT_FALSE(std::filesystem::exists(over.private_folder()));
  EXPECT_FALSE(std::filesystem::exists(runs_.with_credentials() + "/" + over.id()));
  EXPECT_EQ(std::ranges::count(processes_.calls[0], "--states=all"), 0);
}

TEST_F(OldCredentials, StayWhileSlurmIsAway) {
  const auto over = run("over");
  processes_.answers = {{1, "", "squeue: error: Unable to contact slurm controller\n"}};
  drop();
  EXPECT_TRUE(std::filesystem::exists(over.credentials()));
}

TEST_F(OldCredentials, StayWhileTheSubmissionIsUnderWay) {
  const auto young = run("young");
  std::filesystem::create_directory(runs_.unsettled());
  folder_.write("runs/ada/.unsettled/" + young.id(), "");
  processes_.answers = {{0, "", ""}};
  drop();
  EXPECT_TRUE(std::filesystem::exists(young.credentials()));
}

TEST_F(OldCredentials, OfRunsOnThisMachineGoWithWhoHoldsTheirLock) {
  const auto going_on = run("going_on"), killed = run("killed"), young = run("young");
  for (const auto& folder : {going_on, killed, young})
    folder_.write("runs/ada/" + folder.id() + "/job.sh", "");
  for (const auto& folder : {going_on, killed})
    folder_.write("runs/ada/" + folder.id() + "/.running", "77 here\n");
  const UniqueFd held(::open(going_on.running().c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
  drop();
  EXPECT_TRUE(std::filesystem::exists(going_on.credentials()));
  EXPECT_FALSE(std::filesystem::exists(killed.private_folder()));
  EXPECT_TRUE(std::filesystem::exists(young.credentials()));
  EXPECT_TRUE(processes_.calls.empty());  // nobody needs Slurm for that
}

TEST_F(OldCredentials, AskNobodyWhereThereAreNone) {
  drop();
  EXPECT_TRUE(processes_.calls.empty());
}

}  // namespace
}  // namespace chainer::registry_credentials_test
