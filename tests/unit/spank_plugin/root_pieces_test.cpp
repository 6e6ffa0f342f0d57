#include "spank_plugin/root_pieces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "scratch_folder.hpp"

namespace chainer::root_pieces_test {
namespace {

using fixtures::ScratchFolder;
using testing::Contains;
using testing::UnorderedElementsAre;

class ThePieces : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* folder : {"root", "root/usr", "root/usr/bin", "root/dev", "root/proc"})
      scratch_.make_folder(folder);
  }

  std::vector<RuntimeBind> laid_out() {
    auto binds = lay_pieces_out(scratch_ / "root", scratch_ / "own");
    EXPECT_TRUE(binds) << binds.error().what;
    return binds ? *std::move(binds) : std::vector<RuntimeBind>();
  }

  ScratchFolder scratch_;
};

TEST_F(ThePieces, OfARootAreItsTopFoldersAndTheHostsDevices) {
  EXPECT_THAT(laid_out(), UnorderedElementsAre(RuntimeBind{scratch_ / "root/usr", "/usr"},
                                               RuntimeBind{"/dev", "/dev"}));
  struct stat status {};
  for (const auto* folder : {"own/usr", "own/dev", "own/proc"})
    EXPECT_EQ(::stat((scratch_ / folder).c_str(), &status), 0) << folder;
}

TEST_F(ThePieces, OfARootAreLinksAsTheyAre) {
  ASSERT_EQ(::symlink("usr/bin", (scratch_ / "root/bin").c_str()), 0);
  EXPECT_THAT(laid_out(), Not(Contains(testing::Field(&RuntimeBind::destination, "/bin"))));
  std::array<char, PATH_MAX> target{};
  ASSERT_GT(::readlink((scratch_ / "own/bin").c_str(), target.data(), target.size() - 1), 0);
  EXPECT_STREQ(target.data(), "usr/bin");
}

TEST_F(ThePieces, OfARootAreItsFilesToo) {
  ASSERT_EQ(::mknod((scratch_ / "root/file").c_str(), S_IFREG | 0644, 0), 0);
  EXPECT_THAT(laid_out(), Contains(RuntimeBind{scratch_ / "root/file", "/file"}));
}

TEST_F(ThePieces, AreLaidOutOnce) {
  laid_out();
  const auto again = lay_pieces_out(scratch_ / "root", scratch_ / "own");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().what, "cannot make " + (scratch_ / "own") + ": File exists");
}

}  // namespace
}  // namespace chainer::root_pieces_test
