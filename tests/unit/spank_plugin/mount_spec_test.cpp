#include "spank_plugin/mount_spec.hpp"

#include <gtest/gtest.h>

namespace chainer {
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

class AMalformedMount : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(
    Each, AMalformedMount,
    ::testing::Values(
        std::pair{"", "'' is not a mount: the destination is missing"},
        std::pair{"/a", "'/a' is not a mount: the destination is missing"},
        std::pair{"a:/b", "'a:/b' is not a mount: the source is not an absolute path"},
        std::pair{":/b", "':/b' is not a mount: the source is not an absolute path"},
        std::pair{"/a:b", "'/a:b' is not a mount: the destination is not an absolute path"},
        std::pair{"/a:", "'/a:' is not a mount: the destination is not an absolute path"},
        std::pair{"/a:/", "'/a:/' is not a mount: nothing can be mounted over / itself"},
        std::pair{"/a://", "'/a://' is not a mount: nothing can be mounted over / itself"},
        std::pair{"/a:/.", "'/a:/.' is not a mount: the destination has . or .. in it"},
        std::pair{"/a:/b/..", "'/a:/b/..' is not a mount: the destination has . or .. in it"},
        std::pair{"/a:/b:", "'/a:/b:' is not a mount: '' is neither ro nor rw"},
        std::pair{"/a:/b:ro,rw", "'/a:/b:ro,rw' is not a mount: 'ro,rw' is neither ro nor rw"},
        std::pair{"/a:/b:ro:", "'/a:/b:ro:' is not a mount: 'ro:' is neither ro nor rw"}));

TEST_P(AMalformedMount, IsTheUsersError) {
  const auto mount = MountSpec::parse(GetParam().first);
  ASSERT_FALSE(mount);
  EXPECT_EQ(mount.error().what, GetParam().second);
  EXPECT_EQ(mount.error().hint, "a mount is SRC:DST or SRC:DST:ro, both absolute paths");
  EXPECT_EQ(mount.error().fault, Fault::user);
}

}  // namespace
}  // namespace chainer
