#include "submit/run/package_lookup.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "small_site.hpp"
#include "temporary_folder.hpp"

namespace chainer::package_lookup_test {
namespace {

class PackageLookup : public testing::Test {
 protected:
  PackageLookup() {
    write_small_site(folder_);
    folder_.write("source/train.py", "");
    folder_.write("source/more.txt", "six==99\n");
  }

  plan::Inspection inspect(const std::string& keys) {
    write_small_estimator(folder_, keys);
    return plan::inspect({"train.toml", "site.toml", {}, folder_.path()});
  }

  /// The findings after a look-up that chainer-node answers so.
  std::string look_up(const std::string& keys, run::Finished answer) {
    auto inspection = inspect(keys);
    EXPECT_TRUE(inspection.is_clean()) << plan::render(inspection, Colour::off);
    processes_.answers = {std::move(answer)};
    run::look_packages_up(inspection, "chainer-node", "/tools", processes_);
    EXPECT_TRUE(inspection.is_clean());
    return plan::render(inspection, Colour::off);
  }

  TemporaryFolder folder_;
  FakeProcesses processes_;
};

constexpr const char* nothing = R"({"unmet": []})";

TEST_F(PackageLookup, IsWantedByTheKeyAlone) {
  EXPECT_FALSE(run::wants_package_lookup(*inspect("").estimator));
  EXPECT_TRUE(run::wants_package_lookup(*inspect("show_package_warnings = true\n").estimator));
}

TEST_F(PackageLookup, AsksForAllOfPipsPackages) {
  EXPECT_EQ(look_up("pip_packages = [\"six\"]\n", {0, nothing, ""}), "");
  ASSERT_EQ(processes_.calls.size(), 1U);
  const auto& call = processes_.calls.front();
  EXPECT_EQ(call[3], "--requirements");
  EXPECT_EQ((std::vector<std::string>{call[0], call[1], call[2], call[5], call[6]}),
            (std::vector<std::string>{"chainer-node", "resolve", "--json", "--tools", "/tools"}));
}

TEST_F(PackageLookup, AsksNothingForAnEnvironmentOfTheImagesOwn) {
  EXPECT_EQ(look_up("user_managed = true\n", {0, nothing, ""}), "");
  EXPECT_TRUE(processes_.calls.empty());
}

TEST_F(PackageLookup, NamesThePackageWhereItStands) {
  const run::Finished answer{
      3, R"({"unmet": [{"requirement": "six==98", "reason": "there is no version of six==98"}]})",
      ""};
  EXPECT_EQ(look_up("pip_packages = [\"numpy\", \"six==98\"]\n", answer),
            "train.toml:5:26: warning: the package index cannot meet six==98: there is no version "
            "of six==98\n"
            "    pip_packages = [\"numpy\", \"six==98\"]\n"
            "                             ^\n"
            "hint: the run would fail where its environment is made\n");
}

TEST_F(PackageLookup, NamesTheFileOfRequirements) {
  const run::Finished answer{
      3, R"({"unmet": [{"requirement": "six==99", "reason": "there is no version of six==99"}]})",
      ""};
  EXPECT_EQ(look_up("pip_requirements_file = \"more.txt\"\n", answer),
            "train.toml:5:25: warning: the package index cannot meet six==99: there is no version "
            "of six==99\n"
            "    pip_requirements_file = \"more.txt\"\n"
            "                            ^\n"
            "hint: the run would fail where its environment is made\n");
}

TEST_F(PackageLookup, SaysThatNobodyKnows) {
  EXPECT_EQ(look_up("", {4, "", "chainer: cannot ask the package index: it is away\nnext: wait\n"}),
            "train.toml: warning: nobody looked whether the packages exist: cannot ask the package "
            "index: it is away\n");
  EXPECT_EQ(look_up("", {127, "", ""}),
            "train.toml: warning: nobody looked whether the packages exist: chainer-node ended "
            "with exit code 127\n");
}

}  // namespace
}  // namespace chainer::package_lookup_test
