#include "node/save/new_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "core/fd_io.hpp"

namespace chainer::new_file_test {
namespace {

namespace fs = std::filesystem;

class NewFileTest : public testing::Test {
 protected:
  NewFileTest() {
    auto path = (fs::path(testing::TempDir()) / "new.XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
  }
  ~NewFileTest() override { fs::remove_all(folder_); }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    return names;
  }

  fs::path folder_;
};

TEST_F(NewFileTest, IsThereOnceItIsFinished) {
  const auto before = ::umask(027);
  auto file = save::NewFile::beside(folder_ / "saved", ".unfinished");
  ::umask(before);
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_TRUE(write_all(file->fd(), "text"));
  EXPECT_THAT(names(), testing::IsEmpty());
  EXPECT_TRUE(file->finish());
  EXPECT_THAT(names(), testing::ElementsAre("saved"));
  EXPECT_EQ(fs::status(folder_ / "saved").permissions(), fs::perms(0640));
}

TEST_F(NewFileTest, LeavesNothingUnfinished) {
  { const auto file = save::NewFile::beside(folder_ / "saved", ".unfinished"); }
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(NewFileTest, TakesNoOthersPlace) {
  auto file = save::NewFile::beside(folder_ / "saved", ".unfinished");
  std::ofstream(folder_ / "saved") << "other";
  const auto finished = file->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().error_number, EEXIST);
  EXPECT_EQ(fs::file_size(folder_ / "saved"), 5U);
}

TEST_F(NewFileTest, NamesTheFolderWhereNoneCanBeMade) {
  const auto file = save::NewFile::beside(folder_ / "missing" / "saved", ".unfinished");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().what, testing::HasSubstr("cannot make a file in " + folder_.string()));
}

}  // namespace
}  // namespace chainer::new_file_test
