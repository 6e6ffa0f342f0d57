#include "node/store_side/wait_notice.hpp"

#include "node/wire/message.hpp"

namespace chainer::store_side {

void WaitNotice::update(const store::FlightProgress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  // Bytes change all the time; a build reports the same for long, and every node that waits repeats
  // it.
  next_ = now + std::chrono::seconds(progress.done > 0 ? 1 : 10);
  const auto producer = progress.producer.substr(0, progress.producer.find(','));
  std::string text = what_ + ": waiting for " + producer;
  if (progress.done > 0) {
    text += ", " + wire::human_progress(progress.done, progress.total);
  } else if (!progress.doing.empty() && progress.doing != what_) {
    text += ", " + progress.doing;
  }
  say_(wire::progress_message(label_, text));
}

}  // namespace chainer::store_side
