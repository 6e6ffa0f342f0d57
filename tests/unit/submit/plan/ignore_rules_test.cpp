#include "submit/plan/ignore_rules.hpp"

#include <gtest/gtest.h>

namespace chainer::ignore_rules_test {
namespace {

bool ignores(const char* rules, const char* path, plan::EntryKind kind = plan::EntryKind::file) {
  return plan::IgnoreRules::parse(rules).ignores(path, kind).value_or(false);
}

TEST(IgnoreRules, MatchAtAnyDepthWithoutASlash) {
  EXPECT_TRUE(ignores("*.pyc", "a.pyc"));
  EXPECT_TRUE(ignores("*.pyc", "deep/er/a.pyc"));
  EXPECT_FALSE(ignores("*.pyc", "a.py"));
}

TEST(IgnoreRules, AreTiedToTheRootByASlash) {
  EXPECT_TRUE(ignores("/data", "data"));
  EXPECT_FALSE(ignores("/data", "src/data"));
  EXPECT_TRUE(ignores("src/*.txt", "src/a.txt"));
  EXPECT_FALSE(ignores("src/*.txt", "src/deep/a.txt"));
}

TEST(IgnoreRules, WithASlashAtTheEndMeanFolders) {
  EXPECT_TRUE(ignores("build/", "build", plan::EntryKind::folder));
  EXPECT_TRUE(ignores("build/", "a/build", plan::EntryKind::folder));
  EXPECT_FALSE(ignores("build/", "build", plan::EntryKind::file));
}

TEST(IgnoreRules, CrossFoldersWithTwoStars) {
  EXPECT_TRUE(ignores("a/**/z", "a/z"));
  EXPECT_TRUE(ignores("a/**/z", "a/b/c/z"));
  EXPECT_TRUE(ignores("**/z", "z"));
  EXPECT_TRUE(ignores("a/**", "a/b"));
  EXPECT_FALSE(ignores("a/**", "a", plan::EntryKind::folder));
}

TEST(IgnoreRules, CrossFoldersWithTwoStarsManyTimes) {
  std::string stars, path;
  for (int i = 0; i < 50; ++i) stars += "**/a/";
  for (int i = 0; i < 100; ++i) path += "a/";
  EXPECT_TRUE(ignores((stars + "b").c_str(), (path + "b").c_str()));
  EXPECT_FALSE(ignores((stars + "b").c_str(), (path + "c").c_str()));
  EXPECT_TRUE(ignores("a/**/b/**/c", "a/x/b/y/b/c"));
  EXPECT_FALSE(ignores("a/**/b/c", "a/b/x/c"));
  EXPECT_TRUE(ignores("**", "a"));
  EXPECT_TRUE(ignores("a/**/**/b", "a/b"));
}

TEST(IgnoreRules, MatchNamesOfManyStarsInTime) {
  const std::string name(255, 'a');
  std::string stars;
  for (int i = 0; i < 40; ++i) stars += "*a";
  EXPECT_FALSE(ignores((stars + "*b").c_str(), name.c_str()));
}

TEST(IgnoreRules, KeepWhatTheLastRuleKeeps) {
  EXPECT_FALSE(ignores("*.log\n!keep.log", "keep.log"));
  EXPECT_TRUE(ignores("*.log\n!keep.log\nkeep.log", "keep.log"));
}

TEST(IgnoreRules, SkipCommentsAndBlanks) {
  EXPECT_FALSE(ignores("# a\n\n   \n", "a"));
  EXPECT_TRUE(ignores("\\#a", "#a"));
  EXPECT_TRUE(ignores("a  \r\n", "a"));
}

}  // namespace
}  // namespace chainer::ignore_rules_test
