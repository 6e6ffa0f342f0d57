#include "node/topology/cpu_set.hpp"

#include <gtest/gtest.h>

namespace chainer::topology::cpu_set_test {
namespace {

TEST(CpuSet, IsReadAsTheKernelWritesIt) {
  EXPECT_EQ(*CpuSet::parse_list("0-3,8"), (CpuSet{0, 1, 2, 3, 8}));
  EXPECT_EQ(*CpuSet::parse_list("1023"), CpuSet{1023});
  for (const char* wrong : {"", "a", "1-", "-1", "3-1", "1024", "1,,2", "1 2", "0x3"}) {
    const auto set = CpuSet::parse_list(wrong);
    ASSERT_FALSE(set) << wrong;
    EXPECT_EQ(set.error().what, "'" + std::string(wrong) + "' is no list of CPUs");
    EXPECT_EQ(set.error().fault, Fault::user);
  }
}

TEST(CpuSet, IsWrittenAsAListAndAsAMask) {
  EXPECT_EQ((CpuSet{0, 1, 2, 3, 8}).list_text(), "0-3,8");
  EXPECT_EQ((CpuSet{7, 9}).list_text(), "7,9");
  EXPECT_EQ(CpuSet().list_text(), "");
  EXPECT_EQ((CpuSet{0, 1, 2, 3, 8}).mask_text(), "0x10f");
  EXPECT_EQ(CpuSet{64}.mask_text(), "0x10000000000000000");
  EXPECT_EQ(CpuSet().mask_text(), "0x0");
}

TEST(CpuSet, OfThisProcessIsWhatTheKernelSays) {
  const auto mine = CpuSet::of_this_process();
  ASSERT_TRUE(mine);
  EXPECT_FALSE(mine->empty());
}

}  // namespace
}  // namespace chainer::topology::cpu_set_test
