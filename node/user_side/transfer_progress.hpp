// "34 of 120 MB", at most once a second, and not at all for what is quick.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "node/wire/message.hpp"

namespace chainer::user_side {

class TransferProgress {
 public:
  TransferProgress(std::string label, std::string what, std::uint64_t total, wire::Say say)
      : label_(std::move(label)), what_(std::move(what)), total_(total), say_(std::move(say)) {}

  void add(std::uint64_t bytes);

 private:
  std::string label_;
  std::string what_;
  std::uint64_t total_;
  wire::Say say_;
  std::uint64_t done_{0};
  std::chrono::steady_clock::time_point next_{std::chrono::steady_clock::now() +
                                              std::chrono::seconds(1)};
};

}  // namespace chainer::user_side
