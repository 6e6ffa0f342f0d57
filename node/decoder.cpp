#include "node/decoder.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace chainer {
namespace {

constexpr std::size_t input_size = std::size_t{256} << 10;

Error damaged(std::string_view format, std::string_view why) {
  return {"the layer is no sound " + std::string(format) + " stream: " + std::string(why),
          "make the image again", 0, Fault::user};
}

/// The compressed bytes, in a buffer that decoders take from.
class Input {
 public:
  explicit Input(ReadInto read) : read_(std::move(read)), buffer_(input_size) {}

  /// Reads more when nothing is left; false at the end.
  Result<bool> fill() {
    if (!left_.empty()) return true;
    const auto got = read_(buffer_);
    if (!got) return got.error();
    left_ = std::span(buffer_).first(*got);
    return *got > 0;
  }

  /// The first bytes without taking them; fewer than `count` only when there are no more.
  Result<std::string_view> peek(std::size_t count) {
    std::size_t have = 0;
    while (have < count) {
      const auto got = read_(std::span(buffer_).subspan(have));
      if (!got) return got.error();
      if (*got == 0) break;
      have += *got;
    }
    left_ = std::span(buffer_).first(have);
    return std::string_view(left_.data(), std::min(count, left_.size()));
  }

  std::span<char> left() const { return left_; }
  void take(std::size_t count) { left_ = left_.subspan(count); }

 private:
  ReadInto read_;
  std::vector<char> buffer_;
  std::span<char> left_{};
};

class PlainDecoder : public Decoder {
 public:
  explicit PlainDecoder(Input input) : input_(std::move(input)) {}

  Result<std::size_t> read(std::span<char> into) override {
    const auto more = input_.fill();
    if (!more) return more.error();
    const std::size_t count = std::min(into.size(), input_.left().size());
    std::copy_n(input_.left().begin(), count, into.begin());
    input_.take(count);
    return count;
  }

 private:
  Input input_;
};

/// igzip, because it inflates two to three times as fast as zlib and checks the CRC as well.
class GzipDecoder : public Decoder {
 public:
  explicit GzipDecoder(Input input) : input_(std::move(input)), state_(std::make_unique<inflate_state>()) {
    begin_member();
  }

  Result<std::size_t> read(std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto more = input_.fill();
      if (!more) return more.error();
      if (state_->block_state == ISAL_BLOCK_FINISH) {
        // Several members make one stream; zeros after the last are padding.
        if (!*more || input_.left().front() == 0) break;
        begin_member();
      }
      if (!*more) return damaged("gzip", "it ends too early");

      const auto in = input_.left();
      state_->next_in = reinterpret_cast<std::uint8_t*>(in.data());
      state_->avail_in = static_cast<std::uint32_t>(in.size());
      state_->next_out = reinterpret_cast<std::uint8_t*>(into.data() + done);
      state_->avail_out = static_cast<std::uint32_t>(into.size() - done);
      const int status = isal_inflate(state_.get());
      if (status != ISAL_DECOMP_OK) return damaged("gzip", "igzip says " + std::to_string(status));
      input_.take(in.size() - state_->avail_in);
      done = into.size() - state_->avail_out;
    }
    return done;
  }

 private:
  void begin_member() {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  Input input_;
  std::unique_ptr<inflate_state> state_;
};

class ZstdDecoder : public Decoder {
 public:
  explicit ZstdDecoder(Input input) : input_(std::move(input)) {}

  Result<std::size_t> read(std::span<char> into) override {
    if (!stream_) return Error::from_errno("cannot unpack a zstd stream", ENOMEM);
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.pos < out.size) {
      const auto more = input_.fill();
      if (!more) return more.error();
      if (!*more && at_frame_end_) break;

      const auto in = input_.left();
      ZSTD_inBuffer buffer{in.data(), in.size(), 0};
      const std::size_t before = out.pos;
      const std::size_t status = ZSTD_decompressStream(stream_.get(), &out, &buffer);
      if (ZSTD_isError(status)) return damaged("zstd", ZSTD_getErrorName(status));
      input_.take(buffer.pos);
      at_frame_end_ = status == 0;
      if (!*more && out.pos == before && !at_frame_end_) return damaged("zstd", "it ends too early");
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  Input input_;
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  bool at_frame_end_{true};
};

}  // namespace

Result<std::unique_ptr<Decoder>> open_decoder(ReadInto read) {
  Input input(std::move(read));
  const auto start = input.peek(4);
  if (!start) return start.error();
  std::unique_ptr<Decoder> decoder;
  if (start->starts_with("\x1f\x8b")) {
    decoder = std::make_unique<GzipDecoder>(std::move(input));
  } else if (*start == "\x28\xb5\x2f\xfd") {
    decoder = std::make_unique<ZstdDecoder>(std::move(input));
  } else {
    decoder = std::make_unique<PlainDecoder>(std::move(input));
  }
  return decoder;
}

}  // namespace chainer
