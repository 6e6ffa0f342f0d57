#include "spank_plugin/site_path.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/container/place.hpp"
#include "in_child.hpp"
#include "scratch_folder.hpp"

namespace chainer::site_path_test {
namespace {

using fixtures::ScratchFolder;
using Verdict = SitePath::Verdict;
constexpr uid_t nobody = 65534;

class ASitePath : public testing::Test {
 protected:
  void SetUp() override { NEEDS_ROOT(); }

  void link(const std::string& target, const std::string& name, uid_t owner = 0) {
    ASSERT_EQ(::symlink(target.c_str(), (scratch_ / name).c_str()), 0);
    ASSERT_EQ(::lchown((scratch_ / name).c_str(), owner, owner), 0);
  }
  Verdict verdict(const std::string& name) { return open_site_path(scratch_ / name).verdict; }

  ScratchFolder scratch_;
};

TEST_F(ASitePath, IsOpenedThroughFoldersAndLinksOfRoots) {
  scratch_.make_file("folder/file");
  link("folder", "relative");
  link(scratch_ / "relative/", "absolute");
  for (const std::string name :
       {"folder/file", "relative/file", "absolute/file", "folder//./file"}) {
    const auto opened = open_site_path(scratch_ / name);
    EXPECT_EQ(opened.verdict, Verdict::opened) << name;
    EXPECT_EQ(opened.name, scratch_ / "folder/file") << name;
    EXPECT_FALSE(opened.is_folder) << name;
  }
}

TEST_F(ASitePath, MayEndAtWhatIsAnothers) {
  scratch_.make_folder("theirs", 0777, nobody);
  const auto opened = open_site_path(scratch_ / "theirs");
  EXPECT_EQ(opened.verdict, Verdict::opened);
  EXPECT_TRUE(opened.is_folder);
  EXPECT_EQ(open_site_folder(scratch_ / "theirs").verdict, Verdict::not_roots);
}

TEST_F(ASitePath, GoesThroughNoFolderOfAnothers) {
  scratch_.make_folder("theirs/below");
  scratch_.make_folder("theirs", 0755, nobody);
  scratch_.make_folder("open/below");
  scratch_.make_folder("open", 0777);
  scratch_.make_folder("group/below");
  scratch_.make_folder("group", 0775);
  EXPECT_EQ(verdict("theirs/below"), Verdict::not_roots);
  EXPECT_EQ(verdict("open/below"), Verdict::not_roots);
  EXPECT_EQ(verdict("group/below"), Verdict::not_roots);
}

TEST_F(ASitePath, GoesThroughAStickyFolder) {
  scratch_.make_folder("sticky", 01777);
  scratch_.make_file("sticky/roots/file");
  EXPECT_EQ(verdict("sticky/roots/file"), Verdict::opened);
}

TEST_F(ASitePath, FollowsNoLinkOfAnothers) {
  scratch_.make_folder("sticky", 01777);
  link("/etc", "sticky/theirs", nobody);
  EXPECT_EQ(verdict("sticky/theirs/passwd"), Verdict::not_roots);
  EXPECT_EQ(verdict("sticky/theirs"), Verdict::not_roots);
}

TEST_F(ASitePath, ThatIsNotThereIsAbsent) {
  scratch_.make_file("file");
  link("loop", "loop");
  EXPECT_EQ(verdict("none"), Verdict::absent);
  EXPECT_EQ(verdict("file/below"), Verdict::absent);
  EXPECT_EQ(verdict("loop"), Verdict::unreadable);
}

constexpr std::string_view mountinfo =
    "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "22 21 0:40 / /a\\040b rw,nosuid shared:1 - fuse.sshfs user_id=0 rw,user_id=1000,group_id=0\n"
    "23 21 0:41 / /b rw - fuse.glusterfs server rw,user_id=0,group_id=0,allow_other\n"
    "24 21 0:42 / /c rw - nfs4 server:/c rw\n";

TEST(AMountOfAUsers, IsFuseThatIsNotRoots) {
  EXPECT_FALSE(is_mounted_by_a_user(21, mountinfo));
  EXPECT_TRUE(is_mounted_by_a_user(22, mountinfo));
  EXPECT_FALSE(is_mounted_by_a_user(23, mountinfo));
  EXPECT_FALSE(is_mounted_by_a_user(24, mountinfo));
}

TEST(AMountOfAUsers, IsWhateverIsNotInTheTable) {
  EXPECT_TRUE(is_mounted_by_a_user(2, mountinfo));
  EXPECT_TRUE(is_mounted_by_a_user(21, ""));
}

}  // namespace
}  // namespace chainer::site_path_test
