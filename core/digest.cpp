#include "core/digest.hpp"

#include "core/characters.hpp"

namespace chainer {
namespace {

Error no_digest(std::string_view text) {
  return {"'" + std::string(text) + "' is not a digest",
          "a digest is sha256: followed by 64 lower-case hex digits", 0, Fault::user};
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  if (!text.starts_with(prefix)) return no_digest(text);
  auto digest = parse_hex(text.substr(prefix.size()));
  if (!digest) return no_digest(text);
  return digest;
}

Result<Digest> Digest::parse_hex(std::string_view hex) {
  if (hex.size() != 2 * size) return no_digest(hex);
  Bytes bytes{};
  for (std::size_t i = 0; i < size; ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return no_digest(hex);
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return Digest(bytes);
}

std::string Digest::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (const auto byte : bytes_) {
    text += digits[byte >> 4];
    text += digits[byte & 0xf];
  }
  return text;
}

}  // namespace chainer
