#include "node/store/pace.hpp"

#include <gtest/gtest.h>

namespace chainer::pace_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const auto start = store::Pace::Clock::time_point(seconds(1000));

TEST(Pace, RunsOutWithoutBytes) {
  const store::Pace pace(1000, seconds(30), start);
  EXPECT_TRUE(pace.is_kept(start + milliseconds(29'900)));
  EXPECT_FALSE(pace.is_kept(start + seconds(30)));
}

TEST(Pace, IsKeptByBytesAtTheLeastRateAndByNoFewer) {
  store::Pace fast(1000, seconds(30), start);
  store::Pace slow(1000, seconds(30), start);
  for (int second = 1; second <= 300; ++second) {
    fast.add(1000, start + seconds(second));
    slow.add(800, start + seconds(second));
    EXPECT_TRUE(fast.is_kept(start + seconds(second)));
  }
  EXPECT_FALSE(slow.is_kept(start + seconds(300)));
}

TEST(Pace, AQuickStartBuysNoSlowEnd) {
  store::Pace pace(1000, seconds(30), start);
  pace.add(std::uint64_t{1} << 60, start + seconds(1));
  EXPECT_TRUE(pace.is_kept(start + seconds(30)));
  EXPECT_FALSE(pace.is_kept(start + seconds(31)));
}

TEST(Pace, IsNotKeptByABurstOfNothingAfterASilence) {
  store::Pace pace(1000, seconds(30), start);
  pace.add(1, start + seconds(100));
  EXPECT_FALSE(pace.is_kept(start + seconds(100)));
  pace.add(29'000, start + seconds(100));
  EXPECT_FALSE(pace.is_kept(start + seconds(100)));
  pace.add(5'000, start + seconds(100));
  EXPECT_TRUE(pace.is_kept(start + seconds(103)));
  EXPECT_FALSE(pace.is_kept(start + seconds(105)));
  pace.refill(start + seconds(200));
  EXPECT_TRUE(pace.is_kept(start + seconds(229)));
}

}  // namespace
}  // namespace chainer::pace_test
