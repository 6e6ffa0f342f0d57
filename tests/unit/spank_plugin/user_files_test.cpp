#include "spank_plugin/user_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "attached.hpp"
#include "in_child.hpp"
#include "scratch_folder.hpp"

namespace chainer::user_files_test {
namespace {

using Kind = UserFile::Kind;
using fixtures::ScratchFolder;
constexpr Account nobody{65534, 65534, {}};

class AUsersFile : public testing::Test {
 protected:
  void SetUp() override { NEEDS_ROOT(); }

  OpenedUserFile open(const std::string& path, Kind kind = Kind::place) {
    auto opened = open_as_user(fixtures::attached(), nobody, {{path, kind}});
    EXPECT_TRUE(opened);
    return opened ? std::move(opened->front()) : OpenedUserFile{};
  }
  int refusal(const std::string& path, Kind kind = Kind::place) {
    return open(path, kind).error_number;
  }

  ScratchFolder scratch_;
};

TEST_F(AUsersFile, IsOpenedAsAPlace) {
  const auto folder = scratch_.make_folder("folder");
  const auto opened = open(folder);
  struct stat status {
  }, named{};
  ASSERT_EQ(::fstat(opened.place.get(), &status), 0);
  ASSERT_EQ(::stat(folder.c_str(), &named), 0);
  EXPECT_EQ(status.st_ino, named.st_ino);
  EXPECT_NE(::fcntl(opened.place.get(), F_GETFL) & O_PATH, 0);
  EXPECT_NE(::fcntl(opened.place.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_TRUE(open(scratch_.make_file("file")).place);
}

TEST_F(AUsersFile, BelowAClosedFolderOfAnotherIsRefused) {
  scratch_.make_folder("closed");
  const auto secret = scratch_.make_file("closed/secret");
  ::chmod((scratch_ / "closed").c_str(), 0700);
  EXPECT_EQ(refusal(secret), EACCES);
  EXPECT_EQ(refusal(secret, Kind::digest), EACCES);
  ASSERT_EQ(::symlink(secret.c_str(), (scratch_ / "link").c_str()), 0);
  EXPECT_EQ(refusal(scratch_ / "link"), EACCES);
}

TEST_F(AUsersFile, ThatIsNotThereIsSaid) { EXPECT_EQ(refusal(scratch_ / "none"), ENOENT); }

TEST_F(AUsersFile, IsNoDescriptorThatRootHoldsOpen) {
  scratch_.make_folder("closed");
  const UniqueFd secret(::open(scratch_.make_file("closed/secret").c_str(), O_RDONLY));
  ::chmod((scratch_ / "closed").c_str(), 0700);
  // The child that opens the user's files holds no descriptor of root's or the store's any more.
  const auto descriptor = "/proc/self/fd/" + std::to_string(secret.get());
  EXPECT_EQ(refusal(descriptor), ENOENT);
  EXPECT_EQ(refusal(descriptor, Kind::digest), ENOENT);
  // Nor does it go where another magic link leads.
  ASSERT_EQ(::symlink("/proc/self/exe", (scratch_ / "link").c_str()), 0);
  EXPECT_EQ(refusal("/proc/self/exe"), ELOOP);
  EXPECT_EQ(refusal(scratch_ / "link", Kind::digest), ELOOP);
}

TEST_F(AUsersFile, GivesTheDigestOfALock) {
  EXPECT_EQ(open(scratch_.make_file("short", "abc"), Kind::digest).digest->hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string too_long((1 << 20) + 1, 'x');
  EXPECT_FALSE(open(scratch_.make_file("long", too_long), Kind::digest).digest);
  EXPECT_EQ(refusal(scratch_.make_file("closed", "x", 0600), Kind::digest), EACCES);
  EXPECT_EQ(refusal(scratch_.path(), Kind::digest), EISDIR);
  ASSERT_EQ(::mkfifo((scratch_ / "fifo").c_str(), 0666), 0);
  ::chmod((scratch_ / "fifo").c_str(), 0666);
  EXPECT_EQ(refusal(scratch_ / "fifo", Kind::digest), EINVAL);
}

TEST_F(AUsersFile, OfScratchIsMadeForTheUserAlone) {
  scratch_.make_folder("theirs", 0755, nobody.uid);
  const auto path = scratch_ / "theirs/scratch";
  EXPECT_TRUE(open(path, Kind::scratch).place);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, nobody.uid);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  EXPECT_EQ(refusal(path, Kind::scratch), EEXIST);
}

TEST_F(AUsersFile, DoesNotHideTheOthers) {
  const auto opened = open_as_user(fixtures::attached(), nobody,
                                   {{scratch_ / "none"}, {scratch_.path()}, {scratch_ / "none"}});
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)[0].error_number, ENOENT);
  EXPECT_TRUE((*opened)[1].place);
  EXPECT_EQ((*opened)[2].error_number, ENOENT);
}

TEST(OpenedAsNobodyInParticular, NothingIsOpened) {
  NEEDS_ROOT();
  EXPECT_FALSE(
      open_as_user(fixtures::attached(), {static_cast<uid_t>(-1), 0, {}}, {{"/etc/shadow"}}));
}

TEST_F(AUsersFile, ScratchIsNotRemovedByAnotherBuildThatEndsMeanwhile) {
  const auto folder = scratch_.make_folder("tmp");
  ASSERT_EQ(::chmod(folder.c_str(), 01777), 0);
  const auto prefix = folder + "/build.";
  const auto is_done = scratch_ / "done";
  const pid_t remover = ::fork();
  if (remover == 0) {
    while (::access(is_done.c_str(), F_OK) != 0)
      remove_scratch_as_user(fixtures::attached(), nobody, folder + "/none", prefix);
    ::_exit(0);
  }
  for (int build = 0; build < 300; ++build) {
    const auto path = prefix + std::to_string(build);
    const auto opened = open(path, Kind::scratch);
    struct stat held {};
    struct stat named {};
    EXPECT_EQ(::fstat(opened.place.get(), &held), 0);
    EXPECT_EQ(::stat(path.c_str(), &named), 0) << build;
    EXPECT_EQ(held.st_ino, named.st_ino);
  }
  scratch_.make_file("done");
  ::waitpid(remover, nullptr, 0);
}

}  // namespace
}  // namespace chainer::user_files_test
