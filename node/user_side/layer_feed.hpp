// One layer of an image as it arrives, for a reader that may stop at any time.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <thread>

#include "core/pipe.hpp"
#include "core/result.hpp"
#include "node/source/image_source.hpp"

namespace chainer::user_side {

class LayerFeed {
 public:
  using Clock = std::chrono::steady_clock;

  /// Starts to fetch; `source` must outlive the feed. SIGPIPE must be ignored.
  static Result<std::unique_ptr<LayerFeed>> start(source::ImageSource& source,
                                                  const wire::SendRequest::Blob& layer,
                                                  Clock::time_point deadline);
  LayerFeed(const LayerFeed&) = delete;
  LayerFeed& operator=(const LayerFeed&) = delete;
  ~LayerFeed() { static_cast<void>(finish()); }

  /// The next bytes; 0 at the end. An error once the deadline has passed or after `interrupt`.
  Result<std::size_t> read(std::span<char> into);
  /// Ends a read that waits in another thread, and the transfer.
  void interrupt();
  /// Whether a read came to the deadline.
  bool is_late() const { return is_late_; }

  /// After the last read. The error is the source's, where it had one of its own.
  Result<void> finish();

 private:
  class Sink;

  LayerFeed(Pipe pipe, UniqueFd interrupted, Clock::time_point deadline)
      : pipe_(std::move(pipe)), interrupted_(std::move(interrupted)), deadline_(deadline) {}
  void fetch(source::ImageSource& source, const wire::SendRequest::Blob& layer);

  Pipe pipe_;
  UniqueFd interrupted_;  // an eventfd: readable once the reader has had enough
  Clock::time_point deadline_;
  std::atomic<bool> is_late_{false};
  std::optional<Error> error_{};  // the thread's, until it is joined
  std::thread thread_{};
};

}  // namespace chainer::user_side
