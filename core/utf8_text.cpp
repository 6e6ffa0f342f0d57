#include "core/utf8_text.hpp"

#include <cstdint>
#include <string_view>

namespace chainer {
namespace {

enum class Order { little, big };

/// Units of 2 or 4 bytes in a given order.
class Units {
 public:
  Units(std::string_view bytes, std::size_t width, Order order)
      : bytes_(bytes), width_(width), order_(order) {}

  bool empty() const { return bytes_.empty(); }
  bool is_whole() const { return bytes_.size() % width_ == 0; }

  std::uint32_t take() {
    std::uint32_t unit = 0;
    for (std::size_t i = 0; i < width_; ++i) {
      const auto at = order_ == Order::big ? i : width_ - 1 - i;
      unit = (unit << 8U) | static_cast<unsigned char>(bytes_[at]);
    }
    bytes_.remove_prefix(width_);
    return unit;
  }

 private:
  std::string_view bytes_;
  std::size_t width_;
  Order order_;
};

constexpr std::uint32_t replacement = 0xfffd;

void append_utf8(std::string& text, std::uint32_t code) {
  const auto continuation = [&](unsigned shift) {
    text += static_cast<char>(0x80U | ((code >> shift) & 0x3fU));
  };
  if ((code >= 0xd800 && code < 0xe000) || code > 0x10ffff) code = replacement;
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0U | (code >> 6U));
    continuation(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0U | (code >> 12U));
    continuation(6);
    continuation(0);
  } else {
    text += static_cast<char>(0xf0U | (code >> 18U));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

Error not_readable(const char* why) {
  return {std::string("it is no text that can be read: ") + why, "save it as UTF-8", 0,
          Fault::user};
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

std::string from_utf16(Units units) {
  std::string text;
  std::uint32_t high = 0;  // half of a pair that waits for its other half
  while (!units.empty()) {
    const auto unit = units.take();
    if (high != 0 && is_low_surrogate(unit)) {
      append_utf8(text, 0x10000 + ((high - 0xd800) << 10U) + (unit - 0xdc00));
      high = 0;
      continue;
    }
    if (high != 0) append_utf8(text, replacement);
    high = is_high_surrogate(unit) ? unit : 0;
    if (high == 0) append_utf8(text, unit);
  }
  if (high != 0) append_utf8(text, replacement);
  return text;
}

std::string from_utf32(Units units) {
  std::string text;
  while (!units.empty()) append_utf8(text, units.take());
  return text;
}

struct Mark {
  std::string_view bytes;
  std::size_t width;
  Order order;
};

// Those of UTF-32 first: the little one begins like that of UTF-16.
constexpr Mark marks[] = {{{"\xff\xfe\0\0", 4}, 4, Order::little},
                          {{"\0\0\xfe\xff", 4}, 4, Order::big},
                          {"\xff\xfe", 2, Order::little},
                          {"\xfe\xff", 2, Order::big},
                          {"\xef\xbb\xbf", 1, Order::big}};

}  // namespace

Result<std::string> utf8_text(std::string bytes) {
  for (const auto& mark : marks) {
    if (!std::string_view(bytes).starts_with(mark.bytes)) continue;
    bytes.erase(0, mark.bytes.size());
    const Units units(bytes, mark.width, mark.order);
    if (!units.is_whole()) return not_readable("it is cut short");
    if (mark.width == 2) bytes = from_utf16(units);
    if (mark.width == 4) bytes = from_utf32(units);
    break;
  }
  if (bytes.find('\0') != std::string::npos) {
    return not_readable("it holds NUL bytes, as UTF-16 without a byte order mark does");
  }
  return bytes;
}

}  // namespace chainer
