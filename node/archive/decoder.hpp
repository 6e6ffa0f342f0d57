// The plain bytes of a layer: gzip, zstd, bzip2, xz or as they are, told apart by their first
// bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "core/result.hpp"

namespace chainer::archive {

/// Fills a buffer, or part of it, and gives the number of bytes; 0 at the end.
using ReadInto = std::function<Result<std::size_t>(std::span<char> into)>;

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// The next plain bytes; 0 at the end. Input that ends too early or is damaged is an error.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
};

/// Looks at the first bytes of `input` (media types are often wrong) and decodes it.
Result<std::unique_ptr<Decoder>> open_decoder(ReadInto input);

}  // namespace chainer::archive
