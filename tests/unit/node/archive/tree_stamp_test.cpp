#include "node/archive/tree_stamp.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>
#include <vector>

#include "core/unique_fd.hpp"
#include "temporary_folder.hpp"

namespace chainer::tree_stamp_test {
namespace {

namespace fs = std::filesystem;

/// A file as stat describes it, changed so many seconds ago.
struct stat changed(std::time_t seconds_ago) {
  struct stat file {};
  file.st_ino = 7;
  file.st_size = 100;
  file.st_mtim.tv_sec = file.st_ctim.tv_sec = std::time(nullptr) - seconds_ago;
  return file;
}

TEST(StampOfAFile, IsAnotherAfterEachChange) {
  const auto file = changed(60);
  for (const auto change :
       {+[](struct stat& f) { f.st_ino++; }, +[](struct stat& f) { f.st_size++; },
        +[](struct stat& f) { f.st_mtim.tv_nsec++; },
        +[](struct stat& f) { f.st_ctim.tv_nsec++; }}) {
    auto other = file;
    change(other);
    EXPECT_NE(archive::stamp_of_file(other).text, archive::stamp_of_file(file).text);
  }
}

TEST(StampOfAFile, IsTheSameOnANodeThatNumbersItsDevicesOtherwise) {
  const auto file = changed(60);
  auto there = file;
  there.st_dev = 99;
  EXPECT_EQ(archive::stamp_of_file(there).text, archive::stamp_of_file(file).text);
}

TEST(StampOfAFile, IsSettledSomeSecondsAfterTheLastChange) {
  EXPECT_FALSE(archive::stamp_of_file(changed(1)).settled);
  EXPECT_TRUE(archive::stamp_of_file(changed(60)).settled);
  auto from_the_future = changed(60);
  from_the_future.st_mtim.tv_sec += 3600;  // as an archive may say
  EXPECT_TRUE(archive::stamp_of_file(from_the_future).settled);
}

class StampOfAFolder : public testing::Test {
 protected:
  StampOfAFolder() {
    fs::create_directories(folder_ / "bin/inner");
    std::ofstream(folder_ / "bin/inner/tool") << "one";
    std::ofstream(folder_ / "bin/other") << "two";
    fs::create_symlink("other", folder_ / "bin/link");
  }

  archive::TreeStamp stamp() const {
    const UniqueFd folder(::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY));
    auto stamp = archive::stamp_of_folder(folder.get());
    EXPECT_TRUE(stamp) << stamp.error().what;
    return *std::move(stamp);
  }

  TemporaryFolder folder_;
};

TEST_F(StampOfAFolder, IsTheSameUntilSomethingChanges) {
  EXPECT_EQ(stamp().text, stamp().text);
  std::ifstream(folder_ / "bin/other").get();
  EXPECT_EQ(stamp().text, stamp().text) << "reading changes nothing";
}

TEST_F(StampOfAFolder, IsAnotherAfterEachChange) {
  const auto tool = folder_ / "bin/inner/tool";
  const std::vector<std::pair<const char*, std::function<void()>>> changes{
      {"other content of the same size, with its time put back",
       [&] {
         const auto time = fs::last_write_time(tool);
         std::ofstream(tool) << "six";
         fs::last_write_time(tool, time);
       }},
      {"a mode", [&] { ::chmod(tool.c_str(), 0711); }},
      {"a name", [&] { fs::rename(folder_ / "bin/other", folder_ / "bin/renamed"); }},
      {"another target",
       [&] {
         fs::remove(folder_ / "bin/link");
         fs::create_symlink("inner", folder_ / "bin/link");
       }},
      {"a file more", [&] { std::ofstream(folder_ / "bin/inner/new") << ""; }},
      {"a file less", [&] { fs::remove(folder_ / "bin/inner/new"); }},
      {"a file in another folder", [&] { fs::rename(tool, folder_ / "bin/tool"); }},
      {"an empty folder less", [&] { fs::remove(folder_ / "bin/inner"); }},
  };
  for (const auto& [what, change] : changes) {
    const auto before = stamp().text;
    ::usleep(20'000);  // file systems count time in ticks of the kernel's clock
    change();
    EXPECT_NE(stamp().text, before) << what;
  }
}

TEST_F(StampOfAFolder, IsNotSettledRightAfterAChange) { EXPECT_FALSE(stamp().settled); }

TEST_F(StampOfAFolder, CannotBeHadWhereAFolderCannotBeRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root: it becomes another account";
  ::chmod(folder_.path().c_str(), 0755);
  ::chmod((folder_ / "bin/inner").c_str(), 0700);
  const UniqueFd folder(::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::seteuid(65001), 0);
  const auto stamp = archive::stamp_of_folder(folder.get());
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_FALSE(stamp);
  EXPECT_EQ(stamp.error().error_number, EACCES);
}

}  // namespace
}  // namespace chainer::tree_stamp_test
