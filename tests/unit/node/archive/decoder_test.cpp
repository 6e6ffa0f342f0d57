#include "node/archive/decoder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "node/archive/layer_stream.hpp"

namespace chainer::decoder_test {
namespace {

std::string gzipped(const std::string& plain) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstd_packed(const std::string& plain) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  return packed;
}

/// What a program makes of a text: `xz`, `bzip2`, with options.
std::string packed_by(const std::string& command, const std::string& plain) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("decoder-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "in") << plain;
  EXPECT_EQ(
      std::system(
          (command + " < " + (folder / "in").string() + " > " + (folder / "out").string()).c_str()),
      0);
  std::ostringstream text;
  text << std::ifstream(folder / "out").rdbuf();
  std::filesystem::remove_all(folder);
  return text.str();
}

/// RFC 8878, 3.1.2: a magic number with a free half-byte, a length, and that many bytes.
std::string skippable_frame(char number, const std::string& content) {
  const auto size = static_cast<unsigned char>(content.size());
  return std::string{static_cast<char>(0x50 + number), '\x2a', '\x4d', '\x18',
                     static_cast<char>(size),          0,      0,      0} +
         content;
}

/// Gives a text in pieces of an odd size.
archive::ReadInto pieces_of(std::string text) {
  return [text = std::move(text),
          at = std::size_t{0}](std::span<char> into) mutable -> Result<std::size_t> {
    const auto count = std::min({into.size(), text.size() - at, std::size_t{777}});
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
    at += count;
    return count;
  };
}

std::string decoded(const std::string& packed, std::uint64_t largest = 1 << 30) {
  archive::LayerStream stream(pieces_of(packed), largest);
  std::string plain;
  while (true) {
    const auto chunk = stream.next();
    if (!chunk) return "error: " + chunk.error().what;
    if (chunk->empty()) return plain;
    plain += *chunk;
  }
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919);
  return text;
}

TEST(Decoder, ReadsGzipZstdAndPlain) {
  const auto plain = sample();
  EXPECT_TRUE(decoded(gzipped(plain)) == plain);
  EXPECT_TRUE(decoded(zstd_packed(plain)) == plain);
  EXPECT_TRUE(decoded(plain) == plain);
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded(gzipped("")), "");
  EXPECT_EQ(decoded("x"), "x");
}

TEST(Decoder, ReadsSeveralMembersAndPadding) {
  EXPECT_EQ(decoded(gzipped("one") + gzipped("two") + std::string(10, '\0')), "onetwo");
  EXPECT_EQ(decoded(zstd_packed("one") + zstd_packed("two")), "onetwo");
}

TEST(Decoder, ReadsZstdThatStartsWithASkippableFrame) {
  const auto plain = sample();
  for (const char number : {'\0', '\x0f'}) {
    EXPECT_TRUE(decoded(skippable_frame(number, "an index") + zstd_packed(plain)) == plain);
  }
  EXPECT_TRUE(decoded(skippable_frame(0, "") + skippable_frame(1, "x") + zstd_packed("one") +
                      skippable_frame(2, "between") + zstd_packed("two") +
                      skippable_frame(3, "after")) == "onetwo");
  EXPECT_EQ(decoded(skippable_frame(0, "cut").substr(0, 9)),
            "error: the layer is no sound zstd stream: it ends too early");
}

TEST(Decoder, ReadsBzip2AndXz) {
  const auto plain = sample().substr(0, 200'000);
  for (const auto* command : {"bzip2 -c", "bzip2 -1 -c", "xz -c", "xz -c --check=none"}) {
    const auto packed = packed_by(command, plain);
    EXPECT_TRUE(decoded(packed) == plain) << command;
    EXPECT_TRUE(decoded(packed + packed_by(command, "more")) == plain + "more") << command;
    EXPECT_TRUE(decoded(packed.substr(0, packed.size() - 9)).starts_with("error: ")) << command;
    EXPECT_EQ(decoded(packed_by(command, "")), "") << command;
  }
}

TEST(Decoder, TakesNoTextForAFormatThatItOnlyBeginsLike) {
  for (const std::string plain : {"BZh9 is a file's name", "P*M",
                                  "\xfd"
                                  "7zXY",
                                  "PK\3\4"}) {
    EXPECT_EQ(decoded(plain), plain);
  }
}

TEST(Decoder, DamageIsAnError) {
  const auto gzip = gzipped(sample());
  EXPECT_EQ(decoded(gzip.substr(0, gzip.size() - 1)),
            "error: the layer is no sound gzip stream: it ends too early");
  EXPECT_EQ(decoded(gzip.substr(0, 5)),
            "error: the layer is no sound gzip stream: it ends too early");
  auto wrong_checksum = gzip;
  wrong_checksum[wrong_checksum.size() - 5] ^= 1;
  EXPECT_TRUE(decoded(wrong_checksum).starts_with("error: the layer is no sound gzip stream: "));
  const auto zstd = zstd_packed(sample());
  EXPECT_EQ(decoded(zstd.substr(0, zstd.size() - 1)),
            "error: the layer is no sound zstd stream: it ends too early");
}

TEST(Decoder, ABombEndsAtItsLimit) {
  std::string zeros;
  zeros.resize(50'000'000);
  const auto bomb = gzipped(zeros);
  EXPECT_EQ(decoded(bomb, 10'000'000), "error: the layer unpacks to more than this store holds");
}

}  // namespace
}  // namespace chainer::decoder_test
