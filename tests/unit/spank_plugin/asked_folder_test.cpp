#include "spank_plugin/asked_folder.hpp"

#include <gtest/gtest.h>

#include <map>

namespace chainer::asked_folder_test {
namespace {

std::string asked(const std::vector<std::string>& words,
                  const std::map<std::string, std::string>& variables = {}) {
  const auto lookup = [&](const char* name) {
    const auto found = variables.find(name);
    return found != variables.end() ? std::optional(found->second) : std::nullopt;
  };
  return asked_folder(words, lookup, "/here").to_text();
}

TEST(TheAskedFolder, IsWhereSrunWasStarted) {
  EXPECT_EQ(asked({}), "place /here");
  EXPECT_EQ(asked({"-n2", "--chdirs=/a", "--ch=/a", "-d", "/b"}), "place /here");
}

TEST(TheAskedFolder, IsWhatAnOptionOfSrunsSays) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--chdir=/a"},
                                                {"--chdir", "/a"},
                                                {"-D", "/a"},
                                                {"-D/a"},
                                                {"--chd=/a"}})
    EXPECT_EQ(asked(words), "option /a");
  EXPECT_EQ(asked({"-D", "/first", "-D", "/last"}), "option /last");
  EXPECT_EQ(asked({"-D", "below"}), "option /here/below");
}

TEST(TheAskedFolder, IsWhatSrunsVariablesSayWhereNoOptionDoes) {
  EXPECT_EQ(asked({}, {{"SLURM_REMOTE_CWD", "/a"}}), "option /a");
  EXPECT_EQ(asked({"-D", "/b"}, {{"SLURM_REMOTE_CWD", "/a"}}), "option /b");
  EXPECT_EQ(asked({}, {{"SLURM_REMOTE_CWD", ""}}), "place /here");
}

TEST(TheAskedFolder, OfSeveralComponentsIsNotGuessed) {
  EXPECT_EQ(asked({"-D", "/a", "true", ":", "-D", "/b"}), "place /here");
}

TEST(TheAskedFolder, OfABatchJobIsInWhatSlurmSaysOfTheJob) {
  const auto folder_in = [](const std::string& line) {
    const auto folder = folder_of_batch_job(line, "/submitted");
    return folder ? folder->to_text() : "none";
  };
  EXPECT_EQ(folder_in("JobId=1 Command=/a WorkDir=/in the/image StdErr=/e StdIn=/dev/null"),
            "option /in the/image");
  EXPECT_EQ(folder_in("JobId=1 WorkDir=/submitted StdErr=/e"), "place /submitted");
  EXPECT_EQ(folder_in("JobId=1 JobName=x WorkDir=/no Command=/a WorkDir=/yes StdErr=/e"),
            "option /yes");
  EXPECT_EQ(folder_in("JobId=1 WorkDir=/a AdminComment=x y Comment=z StdErr=/e"), "option /a");
  EXPECT_EQ(folder_in("JobId=1 WorkDir=/of/an/srun Power= "), "none");
  EXPECT_EQ(folder_in("JobId=1 WorkDir=/tmp StdErr=/e"), "option /tmp");
  EXPECT_EQ(
      folder_in(
          "JobId=1 JobName=a\nb WorkDir=/first StdErr=/e\nJobId=2 WorkDir=/second StdErr=/e\n"),
      "option /first");
  EXPECT_EQ(folder_in("JobId=1 WorkDir=relative StdErr=/e"), "none");
  EXPECT_EQ(folder_in(""), "none");
}

TEST(TheAskedFolder, TravelsAsAText) {
  for (const auto by : {AskedFolder::By::option, AskedFolder::By::place}) {
    const AskedFolder sent{by, "/a b/option /c"};
    const auto got = AskedFolder::parse(sent.to_text());
    ASSERT_TRUE(got);
    EXPECT_EQ(got->by, by);
    EXPECT_EQ(got->path, sent.path);
  }
  for (const auto* text : {"", "option", "option relative", "/a", "other /a"})
    EXPECT_FALSE(AskedFolder::parse(text)) << text;
}

}  // namespace
}  // namespace chainer::asked_folder_test
