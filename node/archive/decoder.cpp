#include "node/archive/decoder.hpp"

#include <archive.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace chainer::archive {
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
    TRY_ASSIGN(const auto got, read_(buffer_));
    left_ = std::span(buffer_).first(got);
    return got > 0;
  }

  /// The first bytes without taking them; fewer than `count` only when there are no more.
  Result<std::string_view> peek(std::size_t count) {
    std::size_t have = 0;
    while (have < count) {
      TRY_ASSIGN(const auto got, read_(std::span(buffer_).subspan(have)));
      if (got == 0) break;
      have += got;
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
    TRY(input_.fill());
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
  explicit GzipDecoder(Input input)
      : input_(std::move(input)), state_(std::make_unique<inflate_state>()) {
    begin_member();
  }

  Result<std::size_t> read(std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      TRY_ASSIGN(const auto more, input_.fill());
      if (state_->block_state == ISAL_BLOCK_FINISH) {
        // Several members make one stream; zeros after the last are padding.
        if (!more || input_.left().front() == 0) break;
        begin_member();
      }
      if (!more) return damaged("gzip", "it ends too early");

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
      TRY_ASSIGN(const auto more, input_.fill());
      if (!more && at_frame_end_) break;

      const auto in = input_.left();
      ZSTD_inBuffer buffer{in.data(), in.size(), 0};
      const std::size_t before = out.pos;
      const std::size_t status = ZSTD_decompressStream(stream_.get(), &out, &buffer);
      if (ZSTD_isError(status)) return damaged("zstd", ZSTD_getErrorName(status));
      input_.take(buffer.pos);
      at_frame_end_ = status == 0;
      if (!more && out.pos == before && !at_frame_end_) return damaged("zstd", "it ends too early");
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

/// bzip2 and xz, which Docker and podman also read. libarchive decodes them: they are rare, and
/// slow anyway.
class ArchiveDecoder : public Decoder {
 public:
  using Filter = int (*)(::archive*);

  ArchiveDecoder(Input input, const char* format, Filter filter)
      : input_(std::move(input)), format_(format), filter_(filter) {}

  Result<std::size_t> read(std::span<char> into) override {
    if (!reader_) TRY(open());
    if (is_empty_) return std::size_t{0};
    const auto got = archive_read_data(reader_.get(), into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    return error();
  }

 private:
  /// At the first read, not in the constructor: libarchive keeps the address of this object.
  Result<void> open() {
    reader_.reset(archive_read_new());
    if (!reader_) return Error::from_errno("cannot unpack a layer", ENOMEM);
    archive_read_support_format_raw(reader_.get());
    archive_read_support_format_empty(reader_.get());
    filter_(reader_.get());
    archive_entry* entry = nullptr;
    if (archive_read_open(reader_.get(), this, nullptr, read_block, nullptr) != ARCHIVE_OK)
      return error();
    const int status = archive_read_next_header(reader_.get(), &entry);
    is_empty_ = status == ARCHIVE_EOF;
    return status == ARCHIVE_OK || is_empty_ ? Result<void>() : error();
  }

  static la_ssize_t read_block(::archive*, void* self, const void** block) {
    auto& decoder = *static_cast<ArchiveDecoder*>(self);
    decoder.input_.take(decoder.handed_out_);
    decoder.handed_out_ = 0;
    const auto more = decoder.input_.fill();
    if (!more) {
      decoder.input_error_ = more.error();
      archive_set_error(decoder.reader_.get(), EIO, "read");
      return ARCHIVE_FATAL;
    }
    const auto left = decoder.input_.left();
    decoder.handed_out_ = left.size();
    *block = left.data();
    return static_cast<la_ssize_t>(left.size());
  }

  Error error() const {
    if (input_error_) return *input_error_;
    const char* why = archive_error_string(reader_.get());
    return damaged(format_, why != nullptr ? why : "it cannot be unpacked");
  }

  struct Free {
    void operator()(::archive* reader) const { archive_read_free(reader); }
  };
  Input input_;
  const char* format_;
  Filter filter_;
  std::unique_ptr<::archive, Free> reader_{};
  std::size_t handed_out_{0};
  bool is_empty_{false};
  std::optional<Error> input_error_{};
};

bool starts_zstd(std::string_view start) {
  if (start.starts_with("\x28\xb5\x2f\xfd")) return true;
  // A skippable frame, which tools that pack in parallel or index their frames put first (RFC 8878,
  // 3.1.2).
  return start.size() >= 4 && (start[0] & 0xf0) == 0x50 && start.substr(1, 3) == "\x2a\x4d\x18";
}

bool starts_bzip2(std::string_view start) {
  return start.size() >= 10 && start.starts_with("BZh") && start[3] >= '1' && start[3] <= '9' &&
         (start.substr(4, 6) == "1AY&SY" || start.substr(4, 6) == "\x17\x72\x45\x38\x50\x90");
}

}  // namespace

Result<std::unique_ptr<Decoder>> open_decoder(ReadInto read) {
  constexpr std::size_t longest_magic = 10;
  Input input(std::move(read));
  TRY_ASSIGN(const auto start, input.peek(longest_magic));
  std::unique_ptr<Decoder> decoder;
  if (start.starts_with("\x1f\x8b")) {
    decoder = std::make_unique<GzipDecoder>(std::move(input));
  } else if (starts_zstd(start)) {
    decoder = std::make_unique<ZstdDecoder>(std::move(input));
  } else if (starts_bzip2(start)) {
    decoder = std::make_unique<ArchiveDecoder>(std::move(input), "bzip2",
                                               archive_read_support_filter_bzip2);
  } else if (start.starts_with(std::string_view("\xfd\x37\x7a\x58\x5a\0", 6))) {
    decoder =
        std::make_unique<ArchiveDecoder>(std::move(input), "xz", archive_read_support_filter_xz);
  } else {
    decoder = std::make_unique<PlainDecoder>(std::move(input));
  }
  return decoder;
}

}  // namespace chainer::archive
