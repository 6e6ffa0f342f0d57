#include "submit/plan/source_tree.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "temporary_folder.hpp"

namespace chainer::source_tree_test {
namespace {

namespace fs = std::filesystem;

class SourceTreeTest : public testing::Test {
 protected:
  /// The files that a snapshot would hold, in one line.
  std::string files() {
    const auto limits = input::default_limits({});
    std::string names;
    for (const auto& file :
         plan::list_source(folder_.path(), "project", &limits, {}, report_).files) {
      names += (names.empty() ? "" : " ") + file.path;
    }
    return names;
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> texts;
    for (const auto& finding : report_.sorted()) texts.push_back(finding.message);
    return texts;
  }

  TemporaryFolder folder_;
  toml::Report report_;
};

TEST_F(SourceTreeTest, FollowsIgnoreFilesOfEveryFolder) {
  folder_.write(".gitignore", "*.log\n/data\n");
  folder_.write("a.py", "");
  folder_.write("a.log", "");
  folder_.write("data/x", "");
  folder_.write("lib/.gitignore", "/data\n!keep.log\n");
  folder_.write("lib/data/x", "");
  folder_.write("lib/keep.log", "");
  folder_.write("lib/deep/data/x", "");
  folder_.write("lib/deep/other.log", "");
  folder_.write("other/data/x", "");
  EXPECT_EQ(files(), ".gitignore a.py lib/.gitignore lib/deep/data/x lib/keep.log other/data/x");
}

TEST_F(SourceTreeTest, FollowsNestedIgnoreFilesWithoutOneAtTheTop) {
  folder_.write("lib/.gitignore", "x\n");
  folder_.write("lib/x", "");
  folder_.write("x", "");
  EXPECT_EQ(files(), "lib/.gitignore x");
}

TEST_F(SourceTreeTest, FollowsOneKindOfIgnoreFile) {
  folder_.write(".chainerignore", "");
  folder_.write(".gitignore", "x");
  folder_.write("lib/.gitignore", "x");
  folder_.write("lib/.chainerignore", "y");
  folder_.write("lib/x", "");
  folder_.write("lib/y", "");
  EXPECT_EQ(files(), ".chainerignore .gitignore lib/.chainerignore lib/.gitignore lib/x");
}

TEST_F(SourceTreeTest, ReadsIgnoreFilesOfOtherEditors) {
  folder_.write(".gitignore", "\xef\xbb\xbf*.log\r\n");
  folder_.write("a.log", "");
  EXPECT_EQ(files(), ".gitignore");
}

TEST_F(SourceTreeTest, ReportsAnIgnoreFileThatItCannotRead) {
  folder_.write(".gitignore", "\xff\xfex");
  EXPECT_EQ(files(), ".gitignore");
  EXPECT_EQ(messages(),
            std::vector<std::string>{
                "cannot read project/.gitignore: it is no text that can be read: it is cut short"});
}

TEST_F(SourceTreeTest, LeavesOutWhatGitKeepsForItselfAtAnyDepth) {
  folder_.write(".git/config", "");
  folder_.write("vendor/lib/.git/config", "");
  folder_.write("module/.git", "gitdir: ../x");
  folder_.write("vendor/lib/a.py", "");
  EXPECT_EQ(files(), "vendor/lib/a.py");
}

TEST_F(SourceTreeTest, TellsLinksThatLeadOutside) {
  folder_.write("lib/a.py", "");
  fs::create_symlink(".", folder_ / "dot");
  fs::create_symlink("..", folder_ / "lib/up");
  fs::create_symlink("../lib/a.py", folder_ / "lib/a");
  files();
  EXPECT_TRUE(messages().empty());
  fs::create_symlink("..", folder_ / "out");
  fs::create_symlink("../..", folder_ / "lib/out");
  fs::create_symlink("/etc", folder_ / "root");
  files();
  EXPECT_EQ(messages().size(), 3u);
}

TEST_F(SourceTreeTest, SaysWhatIsLargestWhereALimitIsPassed) {
  folder_.write("train.py", "");
  folder_.write("data/raw/big.npz", std::string(3'000'000, 'x'));
  folder_.write("data/readme", "");
  folder_.write("log", std::string(1'000'000, 'x'));
  for (int i = 0; i < 30; ++i) folder_.write("cache/" + std::to_string(i), "");
  auto limits = input::default_limits({});
  limits.snapshot_size.value = ByteSize::from_bytes(1 << 20);
  plan::list_source(folder_.path(), "project", &limits, {}, report_);
  limits = input::default_limits({});
  limits.snapshot_files.value = *toml::Count::from(5);
  plan::list_source(folder_.path(), "project", &limits, {}, report_);
  const auto findings = report_.sorted();
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].message,
            "the folder project holds more than 1m, the site's limit for a snapshot");
  EXPECT_EQ(findings[0].hint,
            "the most is in data/raw/big.npz (3.0 MB), log (1.0 MB); name what the script does not "
            "need in a .chainerignore file there");
  EXPECT_EQ(findings[1].hint,
            "the most is in cache/ (0 bytes in 30 files), data/ (3.0 MB in 2 files); name what the "
            "script does not need in a .chainerignore file there");
}

TEST_F(SourceTreeTest, EndsAtTheUsualLimitsWhereTheSitesAreNotKnown) {
  for (int i = 0; i < 2100; ++i) folder_.write("f" + std::to_string(i), "");
  const auto tree = plan::list_source(folder_.path(), "project", nullptr, {}, report_);
  EXPECT_FALSE(tree.whole);
  EXPECT_TRUE(messages().empty());
}

}  // namespace
}  // namespace chainer::source_tree_test
