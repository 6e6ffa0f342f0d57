#include "node/store_side/wait_notice.hpp"

#include "node/wire/message.hpp"

namespace chainer::store_side {
namespace {

std::string node_of(const std::string& label) { return label.substr(0, label.find(',')); }

}  // namespace

void WaitNotice::update(const store::FlightProgress& progress) {
  producer_ = progress.producer;
  if (session_.waits_silently || wire::are_of_one_step(producer_, session_.label)) return;
  if (!pace_.is_due()) return;
  std::string text = what_ + ": waiting for " + node_of(producer_);
  if (progress.done > 0) {
    text += ", " + wire::human_progress(progress.done, progress.total);
  } else if (!progress.doing.empty() && progress.doing != what_) {
    text += ", " + progress.doing;
  }
  session_.say(wire::progress_message(session_.label, text));
}

void WaitNotice::takes_over() const {
  if (producer_.empty()) return;
  session_.say(wire::progress_message(
      session_.label, what_ + ": goes on here, in the place of " + node_of(producer_)));
}

}  // namespace chainer::store_side
