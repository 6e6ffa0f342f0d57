// How often a long wait is worth a line.
#pragma once

#include <algorithm>
#include <chrono>

namespace chainer::wire {

/// A line after each second at first, later after half of what has passed, at last after half a
/// minute: ten minutes of a slow registry fit one screen, and nobody waits long for a sign of life.
class LinePace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LinePace(Clock::time_point start = Clock::now()) : start_(start) {}

  /// Whether it is time for a line, which then counts as written.
  bool is_due(Clock::time_point now = Clock::now()) {
    if (now < next_) return false;
    next_ = now + std::clamp<Clock::duration>((now - start_) / 2, shortest, longest);
    return true;
  }

 private:
  static constexpr Clock::duration shortest = std::chrono::seconds(1);
  static constexpr Clock::duration longest = std::chrono::seconds(30);

  Clock::time_point start_;
  Clock::time_point next_{start_ + shortest};
};

}  // namespace chainer::wire
