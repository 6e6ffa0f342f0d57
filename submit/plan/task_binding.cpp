#include "submit/plan/task_binding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/name_list.hpp"
#include "submit/input/binding_words.hpp"

namespace chainer::plan {
namespace {

/// Hexadecimal digits, as many as Slurm has CPUs for, one of which is not 0.
bool is_mask(std::string_view text) {
  constexpr std::size_t most_digits = 256;
  if (!text.starts_with("0x")) return false;
  text.remove_prefix(2);
  return !text.empty() && text.size() <= most_digits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == text.npos &&
         text.find_first_not_of('0') != text.npos;
}

}  // namespace

std::optional<BindingObjection> objection_to_binding(std::string_view binding, int processes) {
  if (input::is_word_of_binding(binding)) return std::nullopt;
  const auto masks = split_names(binding);
  const auto wrong = std::ranges::find_if_not(masks, is_mask);
  if (masks.empty() || wrong != masks.end() || binding.ends_with(',')) {
    return BindingObjection{
        fmt::format("'{}' is neither auto, none nor cores, nor a list of masks", binding),
        "a mask has a bit for each CPU, such as \"0x3,0xc\" for two processes"};
  }
  if (masks.size() != static_cast<std::size_t>(processes)) {
    return BindingObjection{
        fmt::format("{} {}, and a node has {} {}", masks.size(),
                    masks.size() == 1 ? "mask is given" : "masks are given", processes,
                    processes == 1 ? "process" : "processes"),
        "'chainer-node topology --ranks N' on a node shows masks for N processes"};
  }
  return std::nullopt;
}

}  // namespace chainer::plan
