#include "core/trusted_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace chainer::trusted_path_test {
namespace {

using testing::HasSubstr;

/// A root-owned file two folders deep in /tmp, which is sticky.
class ATrustedPath : public testing::Test {
 protected:
  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "needs root: the files are to be root's";
    char name[] = "/tmp/trusted-path.XXXXXX";
    top_ = ::mkdtemp(name);
    ::chmod(top_.c_str(), 0755);
    std::filesystem::create_directory(top_ + "/folder");
    ::chmod((top_ + "/folder").c_str(), 0755);
    file_ = top_ + "/folder/program";
    std::ofstream(file_) << "text";
    ::chmod(file_.c_str(), 0755);
  }
  void TearDown() override {
    if (!top_.empty()) std::filesystem::remove_all(top_);
  }
  std::string refusal(const std::string& path) {
    const auto checked = check_only_root_can_change(path);
    return checked ? "trusted" : checked.error().what;
  }

  std::string top_, file_;
};

TEST_F(ATrustedPath, IsRootsOnTheWholeWay) { EXPECT_EQ(refusal(file_), "trusted"); }

TEST_F(ATrustedPath, NamesTheFileThatOthersCanWrite) {
  ::chmod(file_.c_str(), 0777);
  EXPECT_EQ(refusal(file_), file_ + " can be changed by others than root");
}

TEST_F(ATrustedPath, NamesTheFolderThatOthersCanWrite) {
  ::chmod((top_ + "/folder").c_str(), 0775);
  EXPECT_EQ(refusal(file_), top_ + "/folder can be changed by others than root");
  ::chmod((top_ + "/folder").c_str(), 0755);
  ASSERT_EQ(::chown(top_.c_str(), 65534, 0), 0);
  EXPECT_EQ(refusal(file_), top_ + " can be changed by others than root");
}

TEST_F(ATrustedPath, IsNotASharedFolderItself) {
  ::chmod((top_ + "/folder").c_str(), 01777);
  EXPECT_EQ(refusal(file_), "trusted");
  EXPECT_THAT(refusal(top_ + "/folder"), HasSubstr("can be changed"));
}

TEST_F(ATrustedPath, FollowsRootsLinksAndNobodyElses) {
  const auto link = top_ + "/link";
  ASSERT_EQ(::symlink("folder", link.c_str()), 0);
  EXPECT_EQ(refusal(link + "/program"), "trusted");
  ASSERT_EQ(::lchown(link.c_str(), 65534, 0), 0);
  EXPECT_EQ(refusal(link + "/program"), link + " can be changed by others than root");
}

TEST_F(ATrustedPath, LooksAtWhatALinkLeadsTo) {
  const auto link = top_ + "/link";
  ASSERT_EQ(::symlink("folder/program", link.c_str()), 0);
  ::chmod(file_.c_str(), 0777);
  EXPECT_EQ(refusal(link), file_ + " can be changed by others than root");
}

TEST_F(ATrustedPath, NeedNotExist) { EXPECT_EQ(refusal(top_ + "/missing/program"), "trusted"); }

}  // namespace
}  // namespace chainer::trusted_path_test
