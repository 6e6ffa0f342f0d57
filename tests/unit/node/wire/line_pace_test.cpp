#include "node/wire/line_pace.hpp"

#include <gtest/gtest.h>

namespace chainer::line_pace_test {
namespace {

using std::chrono::seconds;

int lines_in(seconds long_time) {
  const wire::LinePace::Clock::time_point start{};
  wire::LinePace pace(start);
  int lines = 0;
  for (auto now = start; now <= start + long_time; now += std::chrono::milliseconds(100)) {
    lines += pace.is_due(now) ? 1 : 0;
  }
  return lines;
}

TEST(LinePace, OfWhatIsQuickSaysNothing) {
  wire::LinePace pace;
  EXPECT_FALSE(pace.is_due());
}

TEST(LinePace, SaysLessTheLongerItTakes) {
  EXPECT_EQ(lines_in(seconds(3)), 3);
  EXPECT_EQ(lines_in(seconds(60)), 10);
  EXPECT_LE(lines_in(seconds(600)), 30);
}

}  // namespace
}  // namespace chainer::line_pace_test
