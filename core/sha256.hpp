// SHA-256 (FIPS 180-4) of our own: loading a crypto library would double the start-up time of a
// command, and the plugin must not bring one into Slurm. The node's helper, which loads one anyway,
// hashes with node/wire/blob_hash.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/digest.hpp"

namespace chainer {

class Sha256 {
 public:
  void update(std::string_view bytes);
  /// Ends the message; the object is spent.
  Digest finish();

 private:
  void compress(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> block_{};
  std::uint64_t length_{0};  ///< bytes so far
};

}  // namespace chainer
