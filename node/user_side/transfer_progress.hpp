// "34 of 120 MB", now and then, and not at all for what is quick.
#pragma once

#include <cstdint>
#include <string>

#include "node/wire/line_pace.hpp"
#include "node/wire/message.hpp"

namespace chainer::user_side {

class TransferProgress {
 public:
  TransferProgress(std::string label, std::string what, std::uint64_t total, wire::Say say)
      : label_(std::move(label)), what_(std::move(what)), total_(total), say_(std::move(say)) {}

  void add(std::uint64_t bytes);
  /// Nothing came, which is worth saying now and then too.
  void wait() { add(0); }

 private:
  std::string label_;
  std::string what_;
  std::uint64_t total_;
  wire::Say say_;
  std::uint64_t done_{0};
  wire::LinePace pace_{};
};

}  // namespace chainer::user_side
