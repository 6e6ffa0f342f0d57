#include "node/topology/cpu_set.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "core/name_list.hpp"

namespace chainer::topology {
namespace {

std::optional<unsigned> cpu_number(std::string_view text) {
  unsigned number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || at != end || number > CpuSet::last_number) return std::nullopt;
  return number;
}

Error no_list(std::string_view text) {
  return Error{"'" + std::string(text) + "' is no list of CPUs",
               "numbers up to " + std::to_string(CpuSet::last_number) +
                   " and ranges, with commas between them, such as 0-3,8",
               0, Fault::user};
}

}  // namespace

Result<CpuSet> CpuSet::parse_list(std::string_view text) {
  CpuSet set;
  for (const auto& part : split_names(text)) {
    const auto dash = part.find('-');
    const auto first = cpu_number(std::string_view(part).substr(0, dash));
    const auto last =
        dash == part.npos ? first : cpu_number(std::string_view(part).substr(dash + 1));
    if (!first || !last || *last < *first) return no_list(text);
    for (auto number = *first; number <= *last; ++number) set.add(number);
  }
  if (set.empty()) return no_list(text);
  return set;
}

Result<CpuSet> CpuSet::of_this_process() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
    return Error::from_errno("cannot ask which CPUs this process may use", errno);
  CpuSet set;
  for (unsigned number = 0; number <= last_number; ++number) {
    if (CPU_ISSET(number, &allowed)) set.add(number);
  }
  return set;
}

bool CpuSet::has(const CpuSet& others) const { return std::ranges::includes(*this, others); }

CpuSet CpuSet::common(const CpuSet& others) const {
  CpuSet both;
  std::ranges::set_intersection(*this, others, std::inserter(both.numbers_, both.numbers_.end()));
  return both;
}

std::string CpuSet::list_text() const {
  std::string text;
  for (auto at = begin(); at != end(); ++at) {
    const auto first = *at;
    while (std::next(at) != end() && *std::next(at) == *at + 1) ++at;
    if (!text.empty()) text += ',';
    text += std::to_string(first);
    if (*at != first) text += "-" + std::to_string(*at);
  }
  return text;
}

std::string CpuSet::mask_text() const {
  const std::size_t digits = empty() ? 1 : *numbers_.rbegin() / 4 + 1;
  std::string mask(digits, '0');
  for (std::size_t i = 0; i < digits; ++i) {
    unsigned digit = 0;
    for (unsigned bit = 0; bit < 4; ++bit) {
      if (has(static_cast<unsigned>(4 * i) + bit)) digit |= 1U << bit;
    }
    mask[digits - 1 - i] = "0123456789abcdef"[digit];
  }
  return "0x" + mask;
}

}  // namespace chainer::topology
