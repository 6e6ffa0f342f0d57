// An amount of memory or disk, as Docker's --shm-size writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// A positive number of bytes.
class ByteSize {
 public:
  /// Reads `<n>[b,k,m,g]`, either case, units of 1024, no sign and no fraction (docker run
  /// --shm-size). Zero and what does not fit in 63 bits are refused.
  static Result<ByteSize> parse(std::string_view text);
  static constexpr ByteSize from_bytes(std::uint64_t bytes) { return ByteSize(bytes); }

  constexpr std::uint64_t bytes() const { return bytes_; }
  /// The shortest exact form that parse reads: `64m`, `1536k`, `7b`.
  std::string to_string() const;

  friend auto operator<=>(const ByteSize&, const ByteSize&) = default;

 private:
  constexpr explicit ByteSize(std::uint64_t bytes) : bytes_(bytes) {}
  std::uint64_t bytes_;
};

}  // namespace chainer
