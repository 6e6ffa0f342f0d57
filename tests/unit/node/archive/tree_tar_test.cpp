#include "node/archive/tree_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace chainer::tree_tar_test {
namespace {

namespace fs = std::filesystem;

class TreeTarTest : public testing::Test {
 protected:
  TreeTarTest() {
    auto path = (fs::path(testing::TempDir()) / "tree.XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
  }
  ~TreeTarTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  std::string pack() {
    std::string bytes;
    const auto done =
        archive::write_tree_tar(folder_.string(), ".chainer", [&](auto chunk) -> Result<void> {
          bytes.append(chunk);
          return {};
        });
    EXPECT_TRUE(done) << done.error().what;
    return bytes;
  }

  /// The stream's table of contents, as tar(1) prints it.
  std::string listing() {
    const auto file = folder_.string() + ".tar";
    std::ofstream(file) << pack();
    auto* tar = ::popen(("TZ=UTC tar --full-time -tvf " + file).c_str(), "r");
    std::string text(64 * 1024, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), tar));
    ::pclose(tar);
    fs::remove(file);
    return text;
  }

  fs::path folder_;
};

TEST_F(TreeTarTest, ShowsNothingOfWhoBuiltItWhenAndUnderWhichUmask) {
  write("lib/b.py", "b");
  write("lib/a.py", "aa");
  write("bin/tool", "#!");
  write(".chainer/secret", "x");
  fs::permissions(folder_ / "bin/tool", fs::perms(04700));
  fs::permissions(folder_ / "lib/a.py", fs::perms(0400));
  fs::create_symlink("/usr/bin/python3", folder_ / "bin/python");
  EXPECT_EQ(listing(),
            "drwxr-xr-x 0/0               0 1980-01-01 00:00:00 bin/\n"
            "lrwxrwxrwx 0/0               0 1980-01-01 00:00:00 bin/python -> /usr/bin/python3\n"
            "-rwxr-xr-x 0/0               2 1980-01-01 00:00:00 bin/tool\n"
            "drwxr-xr-x 0/0               0 1980-01-01 00:00:00 lib/\n"
            "-rw-r--r-- 0/0               2 1980-01-01 00:00:00 lib/a.py\n"
            "-rw-r--r-- 0/0               1 1980-01-01 00:00:00 lib/b.py\n");
}

TEST_F(TreeTarTest, IsTheSameForTheSameContent) {
  write("b", "2");
  write("a", std::string(1'000'000, 'x'));
  const auto first = pack();
  fs::rename(folder_ / "b", folder_ / "c");
  write("b", "2");
  fs::remove(folder_ / "c");
  EXPECT_EQ(pack(), first);
}

TEST_F(TreeTarTest, KeepsLongAndForeignNames) {
  const std::string name = std::string(200, 'n') + "/grüße-\xff";
  write(name, "x");
  const auto text = listing();
  EXPECT_NE(text.find(std::string(200, 'n') + "/gr"), std::string::npos) << text;
  EXPECT_NE(text.find("\\377"), std::string::npos) << text;
}

TEST_F(TreeTarTest, RefusesWhatIsNoFile) {
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  const auto done =
      archive::write_tree_tar(folder_.string(), "", [](auto) -> Result<void> { return {}; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "cannot pack fifo: neither a file, a folder nor a link");
}

TEST_F(TreeTarTest, GivesTheSinksOwnError) {
  write("a", std::string(1'000'000, 'x'));
  const auto done = archive::write_tree_tar(folder_.string(), "", [](auto) -> Result<void> {
    return Error{"the pipe broke", "", EPIPE, Fault::try_again};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "the pipe broke");
  EXPECT_EQ(done.error().error_number, EPIPE);
}

}  // namespace
}  // namespace chainer::tree_tar_test
