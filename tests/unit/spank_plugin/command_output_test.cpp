#include "spank_plugin/command_output.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

TEST(TheOutputOfACommand, IsWhatItPrints) { EXPECT_EQ(*output_of({"echo", "a b"}, 100), "a b\n"); }

TEST(TheOutputOfACommand, OfOneThatFailedIsAnErrorWithoutText) {
  const auto output = output_of({"false"}, 100);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().what, "");
}

TEST(TheOutputOfACommand, ThatIsNotThereIsNamed) {
  const auto output = output_of({"/nowhere/program"}, 100);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().what, "cannot start /nowhere/program: No such file or directory");
}

TEST(TheOutputOfACommand, ThatNeverEndsIsNotWaitedFor) { EXPECT_FALSE(output_of({"yes"}, 100)); }

}  // namespace
}  // namespace chainer
