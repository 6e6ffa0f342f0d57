#include "submit/run/snapshot.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "temporary_folder.hpp"

namespace chainer::snapshot_test {
namespace {

namespace fs = std::filesystem;

class Snapshot : public testing::Test {
 protected:
  plan::SourceTree list() {
    const input::SiteLimits limits{
        {ByteSize::from_bytes(1 << 20), {}}, {*toml::Count::from(100), {}}, {}, {}, {}};
    return plan::list_source(folder_ / "project", "project", &limits, {}, report_);
  }
  Result<void> take(const std::string& name = "run") {
    return run::take_snapshot(list(), folder_ / "objects", folder_ / name, [](auto, auto) {});
  }
  mode_t mode(const std::string& name) const {
    struct stat status {};
    ::lstat((folder_ / name).c_str(), &status);
    return status.st_mode & 07777;
  }

  TemporaryFolder folder_;
  toml::Report report_;
};

TEST_F(Snapshot, HoldsFilesWithTheirPermissionsFoldersAndLinks) {
  folder_.write("project/a.py", "a");
  folder_.write("project/secret", "s");
  fs::permissions(folder_ / "project/a.py", fs::perms(0644));
  fs::permissions(folder_ / "project/secret", fs::perms(04600));
  folder_.write("project/deep/er/tool", "t");
  fs::permissions(folder_ / "project/deep/er/tool", fs::perms::owner_all);
  fs::create_directory(folder_ / "project/outputs");
  fs::create_symlink("a.py", folder_ / "project/link.py");
  ASSERT_TRUE(take());
  EXPECT_EQ(contents(folder_ / "run/a.py"), "a");
  EXPECT_EQ(mode("run/a.py"), 0644u);
  EXPECT_EQ(mode("run/secret"), 0600u);
  EXPECT_EQ(mode("run/deep/er/tool"), 0700u);
  EXPECT_TRUE(fs::is_directory(folder_ / "run/outputs"));
  EXPECT_EQ(fs::read_symlink(folder_ / "run/link.py"), "a.py");
  EXPECT_TRUE(report_.sorted().empty());
}

TEST_F(Snapshot, NeverReadsThroughALink) {
  folder_.write("secret", "s");
  folder_.write("project/a.py", "a");
  fs::create_symlink("../secret", folder_ / "project/out");
  ASSERT_TRUE(take());
  EXPECT_TRUE(fs::is_symlink(folder_ / "run/out"));
  const auto findings = report_.sorted();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].message, "the link out points outside source_directory, to ../secret");
}

TEST_F(Snapshot, LeavesOutWhatTheIgnoreFileNamesAndGit) {
  folder_.write("project/a.py", "a");
  folder_.write("project/data/big", "b");
  folder_.write("project/.git/config", "c");
  folder_.write("project/.gitignore", "data/\n");
  ASSERT_TRUE(take());
  EXPECT_TRUE(fs::exists(folder_ / "run/a.py"));
  EXPECT_FALSE(fs::exists(folder_ / "run/data"));
  EXPECT_FALSE(fs::exists(folder_ / "run/.git"));
}

TEST_F(Snapshot, PrefersItsOwnIgnoreFile) {
  folder_.write("project/.gitignore", "*.py\n");
  folder_.write("project/.chainerignore", "*.txt\n");
  folder_.write("project/a.py", "a");
  EXPECT_TRUE(list().has_file("a.py"));
}

TEST_F(Snapshot, TellsEqualContentsInTwoModesApart) {
  folder_.write("project/a", "same");
  folder_.write("project/b", "same");
  fs::permissions(folder_ / "project/a", fs::perms(0440));
  fs::permissions(folder_ / "project/b", fs::perms::owner_all);
  ASSERT_TRUE(take());
  EXPECT_EQ(mode("run/a"), 0440u);
  EXPECT_EQ(mode("run/b"), 0700u);
}

/// Through the owner's own right to make a file writable, whatever its mode.
void overwrite(const std::string& path, const std::string& text) {
  fs::permissions(path, fs::perms::owner_all);
  std::fstream(path, std::ios::in | std::ios::out) << text;
}

TEST_F(Snapshot, IsNotChangedByARunThatChangesItsOwn) {
  folder_.write("project/a", "whole");
  ASSERT_TRUE(take("one"));
  overwrite(folder_ / "one/a", "WRONG");
  ASSERT_TRUE(take("two"));
  EXPECT_EQ(contents(folder_ / "two/a"), "whole");
  EXPECT_EQ(contents(folder_ / "project/a"), "whole");
}

TEST_F(Snapshot, DoesNotTrustABrokenObject) {
  folder_.write("project/a", "whole");
  ASSERT_TRUE(take("one"));
  for (const auto& one : fs::directory_iterator(folder_ / "objects"))
    overwrite(one.path(), "WRONG");
  ASSERT_TRUE(take("two"));
  EXPECT_EQ(contents(folder_ / "two/a"), "whole");
}

TEST_F(Snapshot, CollectsWhatAKilledSubmissionLeft) {
  folder_.write("project/a", "a");
  const auto old = folder_.write("objects/.new-abcdef", "half");
  const auto young = folder_.write("objects/.new-ghijkl", "half");
  fs::permissions(folder_ / "objects", fs::perms::owner_all);
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  ASSERT_TRUE(take());
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
}

TEST_F(Snapshot, HoldsNoFileThatIsHalfOld) {
  const std::string path = folder_.write("project/a", std::string(1 << 20, 'a'));
  const auto tree = list();
  // Somebody rewrites the file over and over, each time as one letter.
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (char letter = 'b'; !is_over;
         letter = letter == 'z' ? 'b' : static_cast<char>(letter + 1)) {
      std::fstream(path, std::ios::in | std::ios::out) << std::string(1 << 20, letter);
    }
  });
  for (int i = 0; i < 10; ++i) {
    const auto name = "run" + std::to_string(i);
    const auto taken = run::take_snapshot(tree, "", folder_ / name, [](auto, auto) {});
    const auto text = contents(folder_ / (name + "/a"));
    if (taken) {
      EXPECT_EQ(text.find_first_not_of(text[0]), text.npos);
    } else {
      EXPECT_EQ(taken.error().what, path + " changes while it is copied");
    }
  }
  is_over = true;
  writer.join();
}

TEST_F(Snapshot, SaysOfAFileThatVanishedWhatToDo) {
  folder_.write("project/a", "a");
  const auto tree = list();
  fs::remove(folder_ / "project/a");
  const auto taken = run::take_snapshot(tree, "", folder_ / "run", [](auto, auto) {});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().what,
            "cannot read " + (folder_ / "project/a") + ": No such file or directory");
  EXPECT_EQ(taken.error().hint,
            "it was there a moment ago: submit again when nothing changes the folder");
}

TEST_F(Snapshot, LeavesOutWhatIsNoFile) {
  folder_.write("project/a.py", "a");
  ::mkfifo((folder_ / "project/pipe").c_str(), 0600);
  ASSERT_TRUE(take());
  EXPECT_FALSE(fs::exists(folder_ / "run/pipe"));
  EXPECT_EQ(report_.sorted().size(), 1u);
}

}  // namespace
}  // namespace chainer::snapshot_test
