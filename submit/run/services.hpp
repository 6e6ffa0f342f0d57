// What commands need from the world beyond files.
#pragma once

#include <chrono>
#include <ctime>

#include "submit/run/process.hpp"

namespace chainer::run {

/// Time, as a command spends it.
class Pause {
 public:
  virtual ~Pause() = default;
  /// Waits; false when the person asked to stop by Ctrl-C, or by closing the terminal. From the
  /// first call on, that no longer ends the program by itself.
  virtual bool wait(std::chrono::milliseconds time) = 0;
  /// Whether the person has asked to stop, once `wait` was called.
  virtual bool is_asked_to_stop() const { return false; }
};

struct Services {
  ProcessRunner& processes;
  Pause& pause;
  std::time_t now;
};

}  // namespace chainer::run
