// Whether bytes come fast enough to be waited for.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace chainer::store {

/// A store of patience that runs out as time passes, and that bytes refill at a minimum rate. It
/// never holds more than it began with, so that a quick start does not pay for a slow end; and it
/// can fall below empty, so that whoever was too slow has to make up for it.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  Pace(std::uint64_t least_bytes_per_second, std::chrono::milliseconds patience,
       Clock::time_point now = Clock::now())
      : seconds_per_byte_(1.0 /
                          static_cast<double>(std::max<std::uint64_t>(least_bytes_per_second, 1))),
        patience_(patience),
        ends_(now + patience) {}

  void add(std::uint64_t bytes, Clock::time_point now = Clock::now()) {
    const std::chrono::duration<double> gained(static_cast<double>(bytes) * seconds_per_byte_);
    ends_ = std::min(std::max(ends_, now - patience_) + std::chrono::duration_cast<Clock::duration>(
                                                            std::min(gained, longest_gain)),
                     now + patience_);
  }
  /// Something was done that is worth waiting for by itself.
  void refill(Clock::time_point now = Clock::now()) { ends_ = now + patience_; }
  bool is_kept(Clock::time_point now = Clock::now()) const { return now < ends_; }

 private:
  static constexpr std::chrono::duration<double> longest_gain{24.0 * 3600};
  double seconds_per_byte_;
  Clock::duration patience_;
  Clock::time_point ends_;
};

}  // namespace chainer::store
