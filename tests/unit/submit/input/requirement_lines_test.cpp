#include "submit/input/requirement_lines.hpp"

#include <gtest/gtest.h>

namespace chainer::requirement_lines_test {
namespace {

/// The messages for a file of this text.
std::vector<std::string> findings(std::string_view text) {
  toml::Report report;
  input::read_requirements(text, "r.txt", report);
  std::vector<std::string> messages;
  for (const auto& finding : report.sorted()) messages.push_back(finding.message);
  return messages;
}

TEST(RequirementLines, AreJoinedAsPipJoinsThem) {
  toml::Report report;
  const auto lines = input::read_requirements(
      "a==1 \\\n  --hash=sha256:0 # why\n# c \\\n\n  b\r\nc>1,\\\n<2\nd \\\n# e\nf\\", "r.txt",
      report);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0].text, "a==1   --hash=sha256:0");
  EXPECT_EQ(lines[0].requirement->package(), "a");
  EXPECT_EQ(lines[1].text, "b");
  EXPECT_EQ(lines[1].place.at, (Position{5, 3}));
  EXPECT_EQ(lines[2].text, "c>1,<2");
  EXPECT_EQ(lines[3].text, "d");
  EXPECT_EQ(lines[4].text, "f");
  EXPECT_FALSE(report.has_errors());
}

TEST(RequirementLines, HoldOptionsThatNameNoLocalFile) {
  EXPECT_TRUE(findings("--index-url https://example.org\n--require-hashes\n-i https://x\n"
                       "--extra-index-url=https://x\n--pre\n--no-binary :all:\n")
                  .empty());
  const auto local = findings(
      "-rother.txt\n--requirement=x\n-c x\n--editable .\n-f ./wheels\n-i file:///x\n./x\nx @ "
      "file:///y\n");
  EXPECT_EQ(local.size(), 8u);
  for (const auto& message : local) {
    EXPECT_EQ(message, "a requirement cannot name a local file");
  }
}

TEST(RequirementLines, RefuseOptionsThatNobodyReads) {
  EXPECT_EQ(findings("--frob=1\n-x\n--pre=1\n--trusted-host\na --no-deps\na==1 --hash sha256:0"),
            (std::vector<std::string>{"requirements files have no option '--frob'",
                                      "requirements files have no option '-x'",
                                      "--pre takes no value", "--trusted-host has no value",
                                      "'--no-deps' cannot stand behind a requirement"}));
}

TEST(RequirementLines, TakeUrlsAlone) {
  EXPECT_TRUE(findings("https://h/x.whl\ngit+https://h/x@v1#egg=x\n").empty());
  EXPECT_EQ(findings("x https://h/x\n").size(), 1u);
}

}  // namespace
}  // namespace chainer::requirement_lines_test
