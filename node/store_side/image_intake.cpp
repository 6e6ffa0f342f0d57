#include "node/store_side/image_intake.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <chrono>

namespace chainer::store_side {

namespace {

// A user's side that has nothing to send says nothing; what it holds of the store's room is kept
// from others meanwhile. Registries, proxies and the user's side itself give up far sooner.
constexpr int longest_silence_ms = 5 * 60 * 1000;

}  // namespace

Result<std::unique_ptr<ImageIntake>> ImageIntake::start(StoreSession& session,
                                                        store::StoreRoom& room,
                                                        const wire::SendRequest& request,
                                                        OnBytes on_bytes) {
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop) return Error::from_errno("cannot make an eventfd", errno);
  std::unique_ptr<ImageIntake> intake(
      new ImageIntake(session, room, std::move(on_bytes), std::move(stop)));
  for (const auto& [digest, size] : request.blobs) {
    TRY_ASSIGN(auto file, session.store.scratch_file());
    intake->spools_.push_back(std::make_unique<store::BlobSpool>(std::move(file), digest, size));
  }
  intake->missing_ = intake->spools_.size();
  TRY(session.send(wire::FrameType::send, request.encode()));
  intake->thread_ = std::thread([self = intake.get()] { self->run(); });
  return intake;
}

ImageIntake::~ImageIntake() {
  static_cast<void>(!::eventfd_write(stop_.get(), 1));
  if (thread_.joinable()) thread_.join();
}

void ImageIntake::run() {
  const auto start = std::chrono::steady_clock::now();
  auto taken = take_all();
  seconds_ = wire::seconds_since(start);
  if (taken) return;
  error_ = std::move(taken).error();
  for (const auto& spool : spools_) spool->abort(*error_);
}

Result<void> ImageIntake::take_all() {
  while (missing_ > 0) {
    TRY_ASSIGN(const auto ready, wait_for_frame());
    if (!ready) return Error{"the preparation was stopped", "", ECANCELED, Fault::try_again};
    TRY_ASSIGN(const auto frame, session_.receive());
    TRY(take(frame));
  }
  return {};
}

/// False when the intake shall stop: a read in the pipe would wait for a user's side that hangs.
Result<bool> ImageIntake::wait_for_frame() const {
  std::array<pollfd, 2> fds{pollfd{session_.input(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
  int ready = 0;
  while ((ready = ::poll(fds.data(), fds.size(), longest_silence_ms)) < 0) {
    if (errno != EINTR)
      return Error::from_errno("cannot wait for the user's side", errno, Fault::defect);
  }
  if (ready == 0)
    return Error{"nothing came for five minutes", "submit again", ETIMEDOUT, Fault::try_again};
  return fds[1].revents == 0;
}

Result<void> ImageIntake::take(const wire::Frame& frame) {
  if (frame.type == wire::FrameType::alive) return {};
  const bool expected = frame.type == wire::FrameType::data || frame.type == wire::FrameType::end;
  if (!expected || frame.stream >= spools_.size()) {
    return wire::nonsense_of(wire::Peer::users_side, "sent something that was not asked for");
  }
  store::BlobSpool& blob = *spools_[frame.stream];
  if (frame.type == wire::FrameType::end) return take_end(blob);
  spooled_.unverified += frame.payload.size();
  TRY(room_.hold_spools(spooled_));
  TRY(blob.append(frame.payload));
  bytes_ += frame.payload.size();
  on_bytes_(bytes_, News::bytes);
  return {};
}

Result<void> ImageIntake::take_end(store::BlobSpool& blob) {
  TRY(blob.complete());
  --missing_;
  spooled_.unverified -= blob.size();
  spooled_.verified += blob.size();
  TRY(room_.hold_spools(spooled_));
  on_bytes_(bytes_, News::blob_verified);
  return {};
}

Result<void> ImageIntake::finish() {
  if (thread_.joinable()) thread_.join();
  if (error_) return *error_;
  return {};
}

std::optional<Error> ImageIntake::failure() {
  static_cast<void>(!::eventfd_write(stop_.get(), 1));
  if (thread_.joinable()) thread_.join();
  if (error_ && error_->error_number == ECANCELED) return std::nullopt;
  return error_;
}

}  // namespace chainer::store_side
