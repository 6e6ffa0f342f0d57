#include "submit/doctor/node_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace chainer::doctor {
namespace {

constexpr std::size_t longest_number = 9;

struct NumberedName {
  std::string stem;
  std::string digits;
  std::uint64_t number() const { return std::stoull(digits); }
  bool has_zeros() const { return digits.size() > 1 && digits.front() == '0'; }
};

std::optional<NumberedName> split_number(const std::string& name) {
  const auto last = name.find_last_not_of("0123456789");
  const auto begin = last == std::string::npos ? 0 : last + 1;
  const auto digits = name.substr(begin);
  if (digits.empty() || digits.size() > longest_number) return std::nullopt;
  return NumberedName{name.substr(0, begin), digits};
}

/// "1-3,7"; "1" for a number alone.
std::string ranges_of(const std::set<std::uint64_t>& numbers, std::size_t width) {
  std::string text;
  for (auto at = numbers.begin(); at != numbers.end();) {
    const auto first = *at;
    auto last = first;
    while (++at != numbers.end() && *at == last + 1) last = *at;
    text += text.empty() ? "" : ",";
    text += first == last ? fmt::format("{:0{}}", first, width)
                          : fmt::format("{:0{}}-{:0{}}", first, width, last, width);
  }
  return text;
}

}  // namespace

std::string folded(const std::vector<std::string>& names) {
  // Where one number is written with zeros in front, as in n08, so are all of its width: n10 too.
  std::set<std::pair<std::string, std::size_t>> with_zeros;
  for (const auto& name : names) {
    const auto parts = split_number(name);
    if (parts && parts->has_zeros()) with_zeros.insert({parts->stem, parts->digits.size()});
  }
  std::map<std::pair<std::string, std::size_t>, std::set<std::uint64_t>> numbered;
  std::set<std::string> texts;
  for (const auto& name : names) {
    const auto parts = split_number(name);
    if (!parts) {
      texts.insert(name);
      continue;
    }
    const auto width = parts->digits.size();
    const bool is_padded = with_zeros.contains({parts->stem, width});
    numbered[{parts->stem, is_padded ? width : 0}].insert(parts->number());
  }
  for (const auto& [stem, numbers] : numbered) {
    const auto ranges = ranges_of(numbers, stem.second);
    texts.insert(numbers.size() == 1 ? stem.first + ranges
                                     : fmt::format("{}[{}]", stem.first, ranges));
  }
  std::string text;
  for (const auto& one : texts) text += (text.empty() ? "" : ",") + one;
  return text;
}

}  // namespace chainer::doctor
