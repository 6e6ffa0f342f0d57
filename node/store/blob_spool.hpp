// A blob on its way in: hashed and kept, still packed, while a reader follows the writer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "node/wire/blob_hash.hpp"

namespace chainer::store {

class BlobSpool {
 public:
  /// `file` is empty and has no name; `size` is what the manifest says, when it does.
  BlobSpool(UniqueFd file, const Digest& digest, std::optional<std::uint64_t> size)
      : file_(std::move(file)), digest_(digest), expected_size_(size) {}

  // The writer's end.
  Result<void> append(std::string_view bytes);
  /// Checks size and digest: only now are the bytes what they should be.
  Result<void> complete();
  /// Ends every read with `error`, unless the blob is complete.
  void abort(const Error& error);

  // The reader's end, from another thread.
  /// Waits for bytes at `offset`; 0 at the end of a complete blob. Bytes may turn out to be wrong
  /// later: nothing made from them may be filed before `wait` has said that they are right.
  Result<std::size_t> read(std::uint64_t offset, std::span<char> into);
  Result<void> wait();
  bool is_complete();

  const Digest& digest() const { return digest_; }
  /// Bytes so far; for the writer's thread.
  std::uint64_t size() const { return size_; }
  std::optional<std::uint64_t> expected_size() const { return expected_size_; }

 private:
  UniqueFd file_;
  Digest digest_;
  std::optional<std::uint64_t> expected_size_;
  wire::BlobHash hash_{};

  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::uint64_t size_{0};
  bool complete_{false};
  std::optional<Error> error_{};
};

}  // namespace chainer::store
