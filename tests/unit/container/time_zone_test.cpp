#include "core/container/time_zone.hpp"

#include <gtest/gtest.h>

namespace chainer::time_zone_test {
namespace {

TEST(ATimeZone, HasTheNameThatTheHostsLinkEndsWith) {
  EXPECT_EQ(zone_of_link("/usr/share/zoneinfo/Europe/Berlin"), "Europe/Berlin");
  EXPECT_EQ(zone_of_link("../usr/share/zoneinfo/UTC"), "UTC");
  EXPECT_EQ(zone_of_link("/etc/zone"), "");
  EXPECT_EQ(zone_of_link("/usr/share/zoneinfo/../../secret"), "");
}

TEST(ATimeZone, HasTheRuleAtTheEndOfItsFile) {
  EXPECT_EQ(rule_of_zone_file("TZif2...\nCET-1CEST,M3.5.0,M10.5.0/3\n"),
            "CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(rule_of_zone_file("TZif2...\nUTC0\n"), "UTC0");
  EXPECT_EQ(rule_of_zone_file("TZif...\n\n"), "");
  EXPECT_EQ(rule_of_zone_file("TZif...\n\x1b\n"), "");
  EXPECT_EQ(rule_of_zone_file("TZif without an end"), "");
  EXPECT_EQ(rule_of_zone_file("root:x:0\n"), "");
}

}  // namespace
}  // namespace chainer::time_zone_test
