// The blobs of one image on their way in: a thread takes the frames apart, checks and spools them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "node/store/blob_spool.hpp"
#include "node/store/store_room.hpp"
#include "node/store_side/session.hpp"
#include "node/wire/protocol.hpp"

namespace chainer::store_side {

class ImageIntake {
 public:
  /// Called from the intake's thread whenever bytes came in: how many so far, and whether they made
  /// a blob whole and right.
  enum class News { bytes, blob_verified };
  using OnBytes = std::function<void(std::uint64_t bytes, News news)>;

  /// Sends `request` to the user's side and starts to take in what comes, as far as there is room.
  static Result<std::unique_ptr<ImageIntake>> start(StoreSession& session, store::StoreRoom& room,
                                                    const wire::SendRequest& request,
                                                    OnBytes on_bytes);
  ImageIntake(const ImageIntake&) = delete;
  ImageIntake& operator=(const ImageIntake&) = delete;
  /// Stops the thread, whatever the user's side does.
  ~ImageIntake();

  /// The spool of a blob of the request.
  store::BlobSpool& spool(std::size_t stream) { return *spools_[stream]; }
  /// Waits until every blob is in and right.
  Result<void> finish();
  /// The error that stopped the intake, when one did.
  std::optional<Error> failure();
  std::uint64_t bytes() const { return bytes_; }
  /// How long they took to come; known once `finish` has returned.
  double seconds() const { return seconds_; }

 private:
  ImageIntake(StoreSession& session, store::StoreRoom& room, OnBytes on_bytes, UniqueFd stop)
      : session_(session), room_(room), on_bytes_(std::move(on_bytes)), stop_(std::move(stop)) {}
  void run();
  Result<void> take_all();
  Result<void> take(const wire::Frame& frame);
  Result<void> take_end(store::BlobSpool& blob);
  Result<bool> wait_for_frame() const;

  StoreSession& session_;
  store::StoreRoom& room_;
  OnBytes on_bytes_;
  UniqueFd stop_;  ///< eventfd
  std::vector<std::unique_ptr<store::BlobSpool>> spools_{};
  std::size_t missing_{0};
  store::StoreRoom::Amount spooled_{};
  std::atomic<std::uint64_t> bytes_{0};
  // Written by the thread, read after it was joined.
  std::optional<Error> error_{};
  double seconds_{0};
  std::thread thread_{};
};

}  // namespace chainer::store_side
