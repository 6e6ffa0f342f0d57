// The OCI digest of a blob, sha256 only (image-spec, descriptor.md, "Digests").
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// 32 bytes of SHA-256. Written `sha256:` and 64 lower-case hex digits.
class Digest {
 public:
  static constexpr std::size_t size = 32;
  using Bytes = std::array<std::uint8_t, size>;

  /// Reads `sha256:<64 lower-case hex digits>`; anything else is the user's fault.
  static Result<Digest> parse(std::string_view text);
  /// Reads the 64 lower-case hex digits alone, as store entries are named.
  static Result<Digest> parse_hex(std::string_view hex);
  static Digest from_bytes(const Bytes& bytes) { return Digest(bytes); }

  const Bytes& bytes() const { return bytes_; }
  std::string hex() const;
  std::string to_string() const { return "sha256:" + hex(); }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  explicit Digest(const Bytes& bytes) : bytes_(bytes) {}
  Bytes bytes_;
};

}  // namespace chainer
