// Where bytes come from, chunk by chunk: a layer, a pipe, a decompressor in front of another.
#pragma once

#include <string_view>

#include "core/result.hpp"

namespace chainer::archive {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next chunk, valid until the next call; empty at the end.
  virtual Result<std::string_view> next() = 0;
};

}  // namespace chainer::archive
