#include "node/wire/message.hpp"

#include <gtest/gtest.h>

namespace chainer::message_test {
namespace {

TEST(Label, OfTwoNodesOfOneStepIsOfOneStep) {
  EXPECT_EQ(wire::step_of("node n1, step 12.0"), "step 12.0");
  EXPECT_TRUE(wire::are_of_one_step("node n1, step 12.0", "node n2, step 12.0"));
  EXPECT_FALSE(wire::are_of_one_step("node n1, step 12.0", "node n1, step 12.1"));
  EXPECT_FALSE(wire::are_of_one_step("", ""));  // without Slurm each has a person of its own
}

}  // namespace
}  // namespace chainer::message_test
