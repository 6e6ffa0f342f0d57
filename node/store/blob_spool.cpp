#include "node/store/blob_spool.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/fd_io.hpp"

namespace chainer::store {
namespace {

Error wrong(const Digest& digest, std::string why) {
  return {"cannot accept the blob " + digest.to_string() + ": " + std::move(why),
          "submit again; if it stays, the image is damaged where it comes from", 0,
          Fault::try_again};
}

}  // namespace

Result<void> BlobSpool::append(std::string_view bytes) {
  if (complete_) return wrong(digest_, "it goes on after its end");
  if (expected_size_ && bytes.size() > *expected_size_ - size_) {
    return wrong(digest_, "it is longer than the " + std::to_string(*expected_size_) +
                              " bytes that the manifest says");
  }
  hash_.update(bytes);
  if (auto written = write_all(file_.get(), bytes); !written) {
    auto error = std::move(written).error().within("cannot keep a layer in the store");
    if (error.error_number == ENOSPC || error.error_number == EDQUOT) {
      error.fault = Fault::try_again;
      error.hint = "free space on the store's file system, then submit again";
    }
    return error;
  }
  {
    const std::lock_guard lock(mutex_);
    size_ += bytes.size();
  }
  changed_.notify_all();
  return {};
}

Result<void> BlobSpool::complete() {
  if (complete_) return wrong(digest_, "it ends twice");
  if (expected_size_ && size_ != *expected_size_) {
    return wrong(digest_, "it has " + std::to_string(size_) + " of the " +
                              std::to_string(*expected_size_) + " bytes that the manifest says");
  }
  const auto digest = hash_.finish();
  if (digest != digest_) return wrong(digest_, "its bytes have the digest " + digest.to_string());
  {
    const std::lock_guard lock(mutex_);
    complete_ = true;
  }
  changed_.notify_all();
  return {};
}

void BlobSpool::abort(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (!complete_ && !error_) error_ = error;
  }
  changed_.notify_all();
}

Result<std::size_t> BlobSpool::read(std::uint64_t offset, std::span<char> into) {
  std::uint64_t available = 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return size_ > offset || complete_ || error_; });
    if (error_) return *error_;
    available = size_ - std::min(size_, offset);
  }
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(available, into.size()));
  while (count > 0) {
    const ssize_t got = ::pread(file_.get(), into.data(), count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return Error::from_errno("cannot read a layer back from the store", got < 0 ? errno : EIO);
    return static_cast<std::size_t>(got);
  }
  return std::size_t{0};
}

bool BlobSpool::is_complete() {
  const std::lock_guard lock(mutex_);
  return complete_;
}

Result<void> BlobSpool::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return complete_ || error_; });
  if (error_) return *error_;
  return {};
}

}  // namespace chainer::store
