// What a person sees while another node prepares what this one needs.
#pragma once

#include <chrono>
#include <string>

#include "node/store/store_lock.hpp"
#include "node/store_side/session.hpp"

namespace chainer::store_side {

/// Says whom it waits for, and how far that one is, at most once a second.
class WaitNotice {
 public:
  WaitNotice(std::string label, std::string what, wire::Say say)
      : label_(std::move(label)), what_(std::move(what)), say_(std::move(say)) {}

  void update(const store::FlightProgress& progress);

 private:
  std::string label_;
  std::string what_;
  wire::Say say_;
  std::chrono::steady_clock::time_point start_{std::chrono::steady_clock::now()};
  std::chrono::steady_clock::time_point next_{start_ + std::chrono::seconds(1)};
};

}  // namespace chainer::store_side
