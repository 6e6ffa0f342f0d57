// Where a source of images puts the blobs that were asked for.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace chainer::source {

class BlobSink {
 public:
  virtual ~BlobSink() = default;
  /// The next bytes of a stream; streams may be interleaved.
  virtual Result<void> data(std::uint16_t stream, std::string_view bytes) = 0;
  /// The stream is complete.
  virtual Result<void> end(std::uint16_t stream) = 0;
  /// Called about twice a second while nothing comes.
  virtual void idle() {}
  /// Becomes readable when the sink wants no more; -1 when that never happens.
  virtual int interrupt_fd() const { return -1; }
};

}  // namespace chainer::source
