// A layer's plain tar, decoded in a thread of its own while the reader works on what came before.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "node/archive/byte_source.hpp"
#include "node/archive/decoder.hpp"

namespace chainer::archive {

class LayerStream : public ByteSource {
 public:
  /// `largest` bounds the plain bytes: a decompression bomb ends in an error. `input` is called
  /// from the stream's thread; it must return soon once the stream is being destroyed.
  LayerStream(ReadInto input, std::uint64_t largest);
  ~LayerStream() override;

  Result<std::string_view> next() override;

 private:
  struct Chunk {
    std::vector<char> bytes;
    std::size_t size{0};
  };

  void decode(ReadInto input, std::uint64_t largest);
  std::optional<Chunk> free_chunk();
  void finish(std::optional<Error> error);

  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<Chunk> free_{};
  std::deque<Chunk> ready_{};
  std::optional<Chunk> current_{};
  std::optional<Error> error_{};
  bool ended_{false};
  bool abandoned_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace chainer::archive
