#include "node/archive/layer_stream.hpp"

namespace chainer::archive {
namespace {

// Large enough that handing over costs nothing, small enough that all of them stay in the cache.
constexpr std::size_t chunk_size = std::size_t{256} << 10;
constexpr std::size_t chunk_count = 6;

}  // namespace

LayerStream::LayerStream(ReadInto input, std::uint64_t largest) {
  for (std::size_t i = 0; i < chunk_count; ++i) free_.push_back({std::vector<char>(chunk_size)});
  thread_ = std::thread(
      [this, largest, from = std::move(input)]() mutable { decode(std::move(from), largest); });
}

LayerStream::~LayerStream() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::optional<LayerStream::Chunk> LayerStream::free_chunk() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return abandoned_ || !free_.empty(); });
  if (abandoned_) return std::nullopt;
  Chunk chunk = std::move(free_.front());
  free_.pop_front();
  return chunk;
}

void LayerStream::finish(std::optional<Error> error) {
  {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    ended_ = true;
  }
  changed_.notify_all();
}

void LayerStream::decode(ReadInto input, std::uint64_t largest) {
  auto decoder = open_decoder(std::move(input));
  if (!decoder) return finish(std::move(decoder).error());
  while (auto chunk = free_chunk()) {
    const auto got = (*decoder)->read(chunk->bytes);
    if (!got) return finish(got.error());
    if (*got == 0) return finish(std::nullopt);
    if (*got > largest) {
      return finish(
          Error{"the layer unpacks to more than this store holds",
                "make the image smaller, or ask an administrator for a larger store_quota", 0,
                Fault::user});
    }
    largest -= *got;
    chunk->size = *got;
    {
      const std::lock_guard lock(mutex_);
      ready_.push_back(*std::move(chunk));
    }
    changed_.notify_all();
  }
}

Result<std::string_view> LayerStream::next() {
  std::unique_lock lock(mutex_);
  if (current_) {
    free_.push_back(*std::move(current_));
    current_.reset();
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return ended_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (error_) return *error_;
    return std::string_view();
  }
  current_ = std::move(ready_.front());
  ready_.pop_front();
  return std::string_view(current_->bytes.data(), current_->size);
}

}  // namespace chainer::archive
