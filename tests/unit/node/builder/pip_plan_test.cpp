#include "node/builder/pip_plan.hpp"

#include <gtest/gtest.h>

namespace chainer::pip_plan_test {
namespace {

TEST(PipPlan, TellsWhatComesFromWhatStays) {
  const auto plan = builder::PipPlan::parse(
      R"({"changes":[{"name":"hello","version":"2.0","action":"uninstalled"},
          {"name":"hello","version":"1.0","action":"installed"},
          {"name":"old-friend","version":"1.0","action":"installed"}]})",
      R"([{"name":"Hello","version":"2.0"},{"name":"numpy","version":"1.23.5"}])");
  ASSERT_TRUE(plan) << plan.error().what;
  EXPECT_EQ(plan->pins, "hello==1.0\nold-friend==1.0\n");
  EXPECT_EQ(plan->kept, "numpy\n");
  EXPECT_EQ(plan->replaced, "hello 2.0");
}

TEST(PipPlan, MayBeToChangeNothing) {
  const auto plan = builder::PipPlan::parse(R"({"changes":[]})", R"([{"name":"a","version":"1"}])");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->pins + plan->replaced, "");
}

TEST(PipPlan, IsNotReadFromAnythingElse) {
  EXPECT_FALSE(builder::PipPlan::parse("", "[]"));
  EXPECT_FALSE(builder::PipPlan::parse("{}", "{}"));
  EXPECT_FALSE(builder::PipPlan::parse(R"({"changes":[{"name":"a","action":"installed"}]})", "[]"));
  EXPECT_FALSE(builder::PipPlan::parse("{}", R"(["a"])"));
}

}  // namespace
}  // namespace chainer::pip_plan_test
