#include "core/container/image_mounts.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/container/place.hpp"

namespace chainer::image_mounts_test {
namespace {

namespace fs = std::filesystem;

/// An image that is a folder; the parts that need mounts are tested with containers.
class AnImage : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(path_.data()), nullptr);
    fs::create_directories(path_ + "/usr/lib/deep");
    fs::create_directories(path_ + "/var");
    std::ofstream(path_ + "/usr/file") << "file";
    link("usr/lib", "lib");
    link("/usr/lib", "usr/absolute");
    link("../../../../../../usr/file", "usr/climbing");
    link("/made/later", "var/later");
    link("loop", "loop");
  }
  void TearDown() override { fs::remove_all(path_); }

  void link(const std::string& target, const std::string& name) {
    fs::create_symlink(target, path_ + "/" + name);
  }
  ImageMounts image() const {
    return ImageMounts(UniqueFd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)));
  }
  /// The place without the image's own path, what is lacking, or why not.
  std::string told(const Way& way) const {
    switch (way.end) {
      case Way::End::found: return name_of_place(way.place.get()).substr(path_.size());
      case Way::End::missing: return "missing in '" + way.top + "'";
      case Way::End::beyond: return "beyond";
      case Way::End::failed: return std::strerror(way.error_number);
    }
    return "";
  }
  std::string find(const std::string& path) const { return told(image().find(path)); }
  std::string make(const std::string& path, Bind::Kind kind = Bind::Kind::directory) const {
    return told(image().find_or_make(path, kind));
  }

  std::string path_{fs::temp_directory_path() / "image_mounts_test.XXXXXX"};
};

TEST_F(AnImage, IsWalkedAsByAProcessThatHasItAsItsRoot) {
  EXPECT_EQ(find("/"), "");
  EXPECT_EQ(find("//usr/./lib/"), "/usr/lib");
  EXPECT_EQ(find("/usr/lib/deep/../../file"), "/usr/file");
  EXPECT_EQ(find("/../../usr"), "/usr");
  EXPECT_EQ(find("/lib/deep"), "/usr/lib/deep");
  EXPECT_EQ(find("/lib/.."), "/usr");
  EXPECT_EQ(find("/usr/absolute/deep"), "/usr/lib/deep");
  EXPECT_EQ(find("/usr/climbing"), "/usr/file");
}

TEST_F(AnImage, SaysWhichTopFolderLacksAPlace) {
  EXPECT_EQ(find("/usr/lib/none/below"), "missing in 'usr'");
  EXPECT_EQ(find("/lib/none"), "missing in 'usr'");
  EXPECT_EQ(find("/scratch/mine"), "missing in ''");
  EXPECT_EQ(find("/var/later"), "missing in ''");
}

TEST_F(AnImage, LeadsNowhereThroughAFile) {
  EXPECT_EQ(find("/usr/file/below"), "Not a directory");
  EXPECT_EQ(find("/usr/file/.."), "Not a directory");
}

TEST_F(AnImage, WhoseLinksLeadInACircleEndsTheWay) {
  EXPECT_EQ(find("/loop"), "Too many levels of symbolic links");
}

TEST_F(AnImage, WhoseLinksLeadOnAndOnEndsTheWay) {
  std::string turns;
  while (turns.size() < 4000) turns += "usr/../";
  for (int i = 0; i < 30; ++i) link(turns + "on" + std::to_string(i + 1), "on" + std::to_string(i));
  EXPECT_EQ(find("/on0"), "File name too long");
}

TEST_F(AnImage, GetsWhatIsMissingOnTheWay) {
  EXPECT_EQ(make("/scratch/mine/here"), "/scratch/mine/here");
  EXPECT_EQ(make("/usr/lib/names", Bind::Kind::file), "/usr/lib/names");
  EXPECT_TRUE(fs::is_directory(path_ + "/scratch/mine/here"));
  EXPECT_TRUE(fs::is_regular_file(path_ + "/usr/lib/names"));
  EXPECT_EQ(make("/usr/lib"), "/usr/lib");
}

TEST_F(AnImage, GetsTheTargetOfADanglingLink) {
  EXPECT_EQ(make("/var/later", Bind::Kind::file), "/made/later");
  EXPECT_EQ(find("/var/later"), "/made/later");
}

TEST_F(AnImage, ThatCannotBeWrittenSaysSo) {
  if (::getuid() == 0) GTEST_SKIP() << "root writes everywhere";
  fs::permissions(path_ + "/var", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(make("/var/none"), "Permission denied");
  fs::permissions(path_ + "/var", fs::perms::owner_all);
}

}  // namespace
}  // namespace chainer::image_mounts_test
