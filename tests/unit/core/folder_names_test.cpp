#include "core/folder_names.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/unique_fd.hpp"

namespace chainer::folder_names_test {
namespace {

namespace fs = std::filesystem;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class NamesInAFolder : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(path_.data()), nullptr); }
  void TearDown() override { fs::remove_all(path_); }
  void make_file(const std::string& name) const { std::ofstream file(path_ + "/" + name); }
  UniqueFd open() const { return UniqueFd(::open(path_.c_str(), O_PATH | O_CLOEXEC)); }

  std::string path_{fs::temp_directory_path() / "folder_names_test.XXXXXX"};
};

TEST_F(NamesInAFolder, AreThoseOfFilesOfEveryKind) {
  make_file("a\nfile");
  fs::create_directory(path_ + "/folder");
  fs::create_symlink("nowhere", path_ + "/link");
  const auto folder = open();
  for (int i = 0; i < 2; ++i) {
    const auto names = names_in(folder.get());
    ASSERT_TRUE(names);
    EXPECT_THAT(*names, UnorderedElementsAre("a\nfile", "folder", "link"));
  }
}

TEST_F(NamesInAFolder, AreNoMoreThanAskedFor) {
  for (int i = 0; i < 9; ++i) make_file(std::to_string(i));
  const auto names = names_in(open().get(), 4);
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, SizeIs(4));
}

TEST_F(NamesInAFolder, AreNoneOfAFile) {
  make_file("file");
  const UniqueFd file(::open((path_ + "/file").c_str(), O_PATH | O_CLOEXEC));
  const auto names = names_in(file.get());
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().what, "cannot read the folder: Not a directory");
}

}  // namespace
}  // namespace chainer::folder_names_test
