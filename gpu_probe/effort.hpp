// How much time and memory a measurement may take.
#pragma once

#include <cstddef>

#include "gpu_probe/stopwatch.hpp"

namespace chainer::gpu_probe {

struct Effort {
  std::size_t copy_bytes;  ///< of each buffer of a device copy, where the card has that much free
  std::size_t host_bytes;
  std::size_t peer_bytes;
  Repeats warm_up, trial, run;  ///< a trial finds the fastest way to copy
  int launches;
};

using namespace std::chrono_literals;

/// The buffers are much larger than any cache. The host's are small: a step may have little memory.
inline constexpr Effort whole_effort{std::size_t{2} << 30,
                                     std::size_t{64} << 20,
                                     std::size_t{256} << 20,
                                     {200, 200ms},
                                     {3, 100ms},
                                     {30, 1000ms},
                                     1000};
/// Less than two seconds for a card, with what CUDA needs to start.
inline constexpr Effort quick_effort{std::size_t{256} << 20,
                                     std::size_t{32} << 20,
                                     std::size_t{64} << 20,
                                     {50, 50ms},
                                     {3, 20ms},
                                     {10, 100ms},
                                     200};

}  // namespace chainer::gpu_probe
