#include "submit/plan/python_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

namespace chainer::plan {

std::string python_float(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";

  // `d[.ddd]e±xx`, the shortest that reads back equal (C++17, [charconv.to.chars]).
  char buffer[32];
  const auto [end, failure] =
      std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const auto e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), end, exponent);
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);

  const auto count = static_cast<int>(digits.size());
  std::string printed;
  if (exponent < -4 || exponent >= 16) {  // where Python's repr turns to an exponent
    if (count > 1) digits.insert(1, ".");
    printed = fmt::format("{}e{}{:02}", digits, exponent < 0 ? '-' : '+', std::abs(exponent));
  } else if (exponent < 0) {
    printed = "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  } else if (count <= exponent + 1) {
    printed = digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  } else {
    printed = digits.insert(static_cast<std::size_t>(exponent) + 1, ".");
  }
  return std::signbit(value) ? "-" + printed : printed;
}

}  // namespace chainer::plan
