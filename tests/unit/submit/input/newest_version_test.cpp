#include "submit/input/newest_version.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/requirement.hpp"

namespace chainer::newest_version_test {
namespace {

std::optional<input::NewestVersion> newest(const std::string& conditions) {
  const auto requirement = Requirement::parse("x" + conditions);
  EXPECT_TRUE(requirement) << conditions;
  return requirement ? input::NewestVersion::of(requirement->conditions()) : std::nullopt;
}

void expect_older(const std::string& a, const std::string& b) {
  EXPECT_LT(newest(a), newest(b)) << a << " and " << b;
}

TEST(NewestVersion, IsWhatTheConditionsLetInAtMost) {
  expect_older("<1.24", "==1.24");
  expect_older("==1.23.5", "<1.24");
  expect_older("==1.9", "==1.10");
  expect_older("<=1.2", "==1.2.1");
  expect_older("==1.2.*", "==1.3");
  expect_older("==1.2.9", "==1.2.*");
  expect_older("~=1.2.3", "==1.3");
  expect_older("==1.9", "~=1.2");
  expect_older("==2030", "==1!1");
  expect_older("==1.2", "==99999999999999999999.*");
}

TEST(NewestVersion, IsTheSameForTwoSpellings) {
  for (const auto& [a, b] : {std::pair{"<1.2", "<1.2.0"},
                             {"==1.2.*", "<1.3"},
                             {"~=1.2.3", "<1.3"},
                             {" (>=1, <2 )", "<2"},
                             {"==v1.2", "===1.2"},
                             {"==1.2rc1", "==1.2"},
                             {"==1.2.post1+local", "==1.2"},
                             {">=1,<3,!=2.5,<2,", "<2"}}) {
    EXPECT_EQ(newest(a), newest(b)) << a << " and " << b;
    EXPECT_TRUE(newest(a)) << a;
  }
}

TEST(NewestVersion, IsNoneWithoutAnUpperEnd) {
  for (const auto* conditions : {"", ">=1.2", ">1", "!=1.2", "===any", " @ https://h/x-1.0.whl"}) {
    EXPECT_FALSE(newest(conditions)) << conditions;
  }
}

}  // namespace
}  // namespace chainer::newest_version_test
