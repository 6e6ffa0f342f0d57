#include "node/user_side/transfer_progress.hpp"

namespace chainer::user_side {

void TransferProgress::add(std::uint64_t bytes) {
  done_ += bytes;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::seconds(1);
  say_(wire::progress_message(label_, what_ + ": " + wire::human_progress(done_, total_)));
}

}  // namespace chainer::user_side
