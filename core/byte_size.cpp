#include "core/byte_size.hpp"

#include <charconv>
#include <limits>

namespace chainer {
namespace {

Error no_size(std::string_view text) {
  return {"'" + std::string(text) + "' is not a size",
          "a size is a whole number above 0 followed by b, k, m or g, such as 512m or 16g", 0,
          Fault::user};
}

/// How far a unit shifts its number; -1 for a letter that is not a unit.
int unit_shift(char unit) {
  switch (unit) {
    case 'b':
    case 'B': return 0;
    case 'k':
    case 'K': return 10;
    case 'm':
    case 'M': return 20;
    case 'g':
    case 'G': return 30;
    default: return -1;
  }
}

}  // namespace

Result<ByteSize> ByteSize::parse(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || number == 0) return no_size(text);

  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const int shift = unit.empty() ? 0 : unit.size() == 1 ? unit_shift(unit[0]) : -1;
  if (shift < 0) return no_size(text);

  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (number > largest >> shift) return no_size(text);
  return ByteSize(number << shift);
}

std::string ByteSize::to_string() const {
  for (const auto& [shift, unit] : {std::pair{30, "g"}, {20, "m"}, {10, "k"}}) {
    if (bytes_ >> shift << shift == bytes_) return std::to_string(bytes_ >> shift) + unit;
  }
  return std::to_string(bytes_) + "b";
}

}  // namespace chainer
