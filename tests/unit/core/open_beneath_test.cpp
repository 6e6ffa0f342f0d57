#include "core/open_beneath.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer::open_beneath_test {
namespace {

namespace fs = std::filesystem;

/// outside and root/{file,folder/file}, with links of every kind in root.
class AFolder : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(path_.data()), nullptr);
    fs::create_directories(path_ + "/root/folder");
    std::ofstream(path_ + "/outside") << "outside";
    std::ofstream(path_ + "/root/outside") << "inside, by the same name";
    std::ofstream(path_ + "/root/file") << "file";
    std::ofstream(path_ + "/root/folder/file") << "deep";
    fs::create_symlink("file", path_ + "/root/link");
    fs::create_symlink("/outside", path_ + "/root/absolute");
    fs::create_symlink("../outside", path_ + "/root/climbing");
    fs::create_symlink("/proc/self/fd/0", path_ + "/root/magic");
    root_.reset(::open((path_ + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  void TearDown() override { fs::remove_all(path_); }

  /// The text of what was opened, or errno's.
  static std::string text(int fd) {
    const UniqueFd file(fd);
    return file ? *read_all(file.get(), 1000) : std::strerror(errno);
  }
  std::string beneath(const char* path) {
    return text(open_beneath(root_.get(), path, O_RDONLY | O_CLOEXEC));
  }
  std::string in_root(const char* path) {
    return text(open_in_root(root_.get(), path, O_RDONLY | O_CLOEXEC));
  }

  std::string path_ = "/var/tmp/chainer-test.XXXXXX";
  UniqueFd root_;
};

TEST_F(AFolder, GivesWhatLiesBeneathIt) {
  EXPECT_EQ(beneath("file"), "file");
  EXPECT_EQ(beneath("folder/file"), "deep");
  EXPECT_EQ(beneath("folder/../file"), "file");
  EXPECT_EQ(beneath("none"), "No such file or directory");
}

TEST_F(AFolder, IsNotLeft) {
  EXPECT_EQ(beneath("../outside"), "Invalid cross-device link");
  EXPECT_EQ(beneath("/etc/passwd"), "Invalid cross-device link");
  for (const auto* link : {"link", "absolute", "climbing", "magic"}) {
    EXPECT_EQ(beneath(link), "Too many levels of symbolic links") << link;
  }
}

TEST_F(AFolder, AsARootHoldsItsLinks) {
  EXPECT_EQ(in_root("/file"), "file");
  EXPECT_EQ(in_root("link"), "file");
  EXPECT_EQ(in_root("../../outside"), "inside, by the same name");
  EXPECT_EQ(in_root("/absolute"), "inside, by the same name");
  EXPECT_EQ(in_root("climbing"), "inside, by the same name");
}

TEST_F(AFolder, MakesFilesWithTheModeGiven) {
  ::umask(022);
  EXPECT_EQ(text(open_beneath(root_.get(), "new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640)),
            "");
  struct stat status {};
  ASSERT_EQ(::stat((path_ + "/root/new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(AFolder, IsReachedByLinksButNotByMagicOnes) {
  EXPECT_EQ(text(open_without_magic_links((path_ + "/root/climbing").c_str(), O_RDONLY)),
            "outside");
  const UniqueFd open_file(::open((path_ + "/outside").c_str(), O_RDONLY | O_CLOEXEC));
  const auto magic = "/proc/self/fd/" + std::to_string(open_file.get());
  EXPECT_EQ(text(open_without_magic_links(magic.c_str(), O_RDONLY)),
            "Too many levels of symbolic links");
}

TEST_F(AFolder, GivesALinkByNameAsItIs) {
  const UniqueFd link(open_name(root_.get(), "link", O_PATH | O_CLOEXEC));
  struct stat status {};
  ASSERT_EQ(::fstat(link.get(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  EXPECT_EQ(text(open_name(root_.get(), "..", O_RDONLY | O_CLOEXEC)), "Invalid cross-device link");
}

TEST_F(AFolder, GivesNothingByNameThatIsMountedOverIt) {
  const UniqueFd host(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(text(open_name(host.get(), "proc", O_RDONLY | O_CLOEXEC)), "Invalid cross-device link");
}

}  // namespace
}  // namespace chainer::open_beneath_test
