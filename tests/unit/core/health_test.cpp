#include "core/health.hpp"

#include <gtest/gtest.h>

namespace chainer::health_test {
namespace {

const HealthFinding no_loop{HealthLevel::problem, "no loop device can be had", "/dev/loop-control",
                            "no image can be mounted", "modprobe loop"};

TEST(Health, SaysWhatWhereWhyAndWhatNext) {
  EXPECT_EQ(health_text(no_loop, "", Colour::off),
            "problem: no loop device can be had\n  where: /dev/loop-control\n"
            "  why:   no image can be mounted\n  next:  modprobe loop\n");
  EXPECT_EQ(health_text({HealthLevel::unseen, "the store", "", "as root alone", ""}, "n[1-2]",
                        Colour::off),
            "n[1-2]: unseen: the store\n  why:   as root alone\n");
}

TEST(Health, IsInColourOnATerminal) {
  EXPECT_EQ(health_text({HealthLevel::problem, "a", "", "", ""}, "", Colour::on),
            "\x1b[1;31mproblem:\x1b[0m a\n");
}

TEST(Health, ObeysNoForeignText) {
  EXPECT_EQ(health_text({HealthLevel::warning, "a\x1b[2J\nok: b", "", "", ""}, "", Colour::off),
            "warning: a\\x1b[2J\\nok: b\n");
}

TEST(Health, CountsWhatWasFound) {
  HealthFinding warning{HealthLevel::warning, "", "", "", ""};
  HealthFinding unseen{HealthLevel::unseen, "", "", "", ""};
  EXPECT_EQ(health_summary({}), "all is well");
  EXPECT_EQ(health_summary({unseen, unseen}), "all is well; 2 not looked at");
  EXPECT_EQ(health_summary({no_loop, warning, no_loop}), "2 problems, 1 warning");
  EXPECT_EQ(health_summary({no_loop, unseen}), "1 problem, 1 not looked at");
  EXPECT_TRUE(has_problem({warning, no_loop}));
  EXPECT_FALSE(has_problem({warning, unseen}));
}

TEST(Health, LevelsHaveNames) {
  for (const auto level : {HealthLevel::unseen, HealthLevel::warning, HealthLevel::problem})
    EXPECT_EQ(health_level_named(name_of(level)), level);
  EXPECT_EQ(health_level_named("fine"), std::nullopt);
}

}  // namespace
}  // namespace chainer::health_test
