#include "core/container/mount_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::mount_spec_test {
namespace {

TEST(AMount, MayHaveDotsInItsNames) { EXPECT_TRUE(MountSpec::parse("/a/../b:/.cache/..x/y.")); }

TEST(AMount, IsReadWriteUnlessItSaysOtherwise) {
  const auto mount = MountSpec::parse("/data/set 1:/in");
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->source, "/data/set 1");
  EXPECT_EQ(mount->destination, "/in");
  EXPECT_EQ(mount->access, Access::read_write);
  EXPECT_EQ(MountSpec::parse("/a:/b:rw")->access, Access::read_write);
  EXPECT_EQ(MountSpec::parse("/a:/b:ro")->access, Access::read_only);
}

/// Kind, source, destination and access of each mount, as one line.
std::string all(const std::string& text) {
  const auto mounts = MountSpec::parse_list(text);
  if (!mounts) return mounts.error().what;
  std::string line;
  for (const auto& written : *mounts) {
    const auto mount = *written.in("/job/dir");
    line += (mount.kind == MountSpec::Kind::tmpfs ? "tmpfs" : mount.source) + " -> " +
            mount.destination + (mount.access == Access::read_only ? " ro;" : ";");
  }
  return line;
}

TEST(AMount, MayBeASourceAlone) {
  EXPECT_EQ(all("/data"), "/data -> /data;");
  EXPECT_EQ(all("/data/:ro"), "/data/ -> /data ro;");
}

TEST(AMount, MayHaveASourceBelowTheJobsDirectory) {
  EXPECT_EQ(all("data:/in"), "data -> /in;");
  EXPECT_EQ(all("./data"), "./data -> /job/dir/data;");
  EXPECT_EQ(all("../data:ro"), "../data -> /job/data ro;");
  EXPECT_EQ(MountSpec::parse("../..")->in("/job/dir").error().what,
            "'../..' is not a mount: nothing can be mounted over / itself");
}

TEST(AMount, MayBeOneOfSeveral) {
  EXPECT_EQ(all("/a:/b:ro,/c,tmpfs:/d"), "/a -> /b ro;/c -> /c;tmpfs -> /d;");
  EXPECT_EQ(all("/a,,/b"), "'' is not a mount: the source is missing");
}

TEST(AMount, MayHaveColonsCommasAndBackslashesInItsPaths) {
  EXPECT_EQ(all(R"(/a\:b\,c:/d\\e)"), R"(/a:b,c -> /d\e;)");
  EXPECT_EQ(all(R"(/run-12\:30)"), "/run-12:30 -> /run-12:30;");
  EXPECT_EQ(all("/ends with\\"), "/ends with\\ -> /ends with\\;");
}

TEST(AMount, OfAFolderNamedTmpfsIsWrittenAsAPath) {
  EXPECT_EQ(all("./tmpfs:/d"), "./tmpfs -> /d;");
  EXPECT_EQ(all("./tmpfs"), "./tmpfs -> /job/dir/tmpfs;");
}

class AMalformedMount : public testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(
    Each, AMalformedMount,
    testing::Values(
        std::pair{"", "'' is not a mount: the source is missing"},
        std::pair{"a", "'a' is not a mount: the destination is missing"},
        std::pair{"tmpfs", "'tmpfs' is not a mount: the destination is missing"},
        std::pair{":/b", "':/b' is not a mount: the source is missing"},
        std::pair{"/a:b", "'/a:b' is not a mount: the destination is not an absolute path"},
        std::pair{"/a:", "'/a:' is not a mount: the destination is not an absolute path"},
        std::pair{"/a:/", "'/a:/' is not a mount: nothing can be mounted over / itself"},
        std::pair{"/", "'/' is not a mount: nothing can be mounted over / itself"},
        std::pair{"/a://", "'/a://' is not a mount: nothing can be mounted over / itself"},
        std::pair{"/a:/.", "'/a:/.' is not a mount: the destination has . or .. in it"},
        std::pair{"/a:/b/..", "'/a:/b/..' is not a mount: the destination has . or .. in it"},
        std::pair{"/a/../b", "'/a/../b' is not a mount: the destination has . or .. in it"},
        std::pair{"/a:/b:", "'/a:/b:' is not a mount: '' is neither ro nor rw"},
        std::pair{"/a:/b:ro:", "'/a:/b:ro:' is not a mount: 'ro:' is neither ro nor rw"},
        std::pair{"tmpfs:/a:ro",
                  "'tmpfs:/a:ro' is not a mount: an empty folder that cannot be written is no use"},
        std::pair{"tmpfs:a", "'tmpfs:a' is not a mount: the destination is not an absolute path"}));

TEST_P(AMalformedMount, IsTheUsersError) {
  const auto mount = MountSpec::parse(GetParam().first);
  ASSERT_FALSE(mount);
  EXPECT_EQ(mount.error().what, GetParam().second);
  EXPECT_THAT(mount.error().hint, testing::StartsWith("a mount is SRC, SRC:DST, SRC:DST:ro or "));
  EXPECT_EQ(mount.error().fault, Fault::user);
}

}  // namespace
}  // namespace chainer::mount_spec_test
