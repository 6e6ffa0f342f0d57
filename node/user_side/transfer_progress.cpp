#include "node/user_side/transfer_progress.hpp"

namespace chainer::user_side {

void TransferProgress::add(std::uint64_t bytes) {
  done_ += bytes;
  if (!pace_.is_due()) return;
  say_(wire::progress_message(label_, what_ + ": " + wire::human_progress(done_, total_)));
}

}  // namespace chainer::user_side
