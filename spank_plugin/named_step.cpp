#include "spank_plugin/named_step.hpp"

#include <charconv>
#include <string>

#include "spank_plugin/step.hpp"

namespace chainer {
namespace {

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> step_in(std::string_view text) {
  if (text == "batch") return batch_step;
  if (text == "interactive") return interactive_step;
  return number_in(text);
}

}  // namespace

Result<NamedStep> NamedStep::parse(std::string_view text) {
  if (text == "newest") return NamedStep{};
  const auto dot = text.find('.');
  const bool has_job = dot != std::string_view::npos;
  NamedStep named{has_job ? number_in(text.substr(0, dot)) : std::nullopt,
                  step_in(has_job ? text.substr(dot + 1) : text)};
  if (named.step && (named.job || !has_job)) return named;
  return Error{"'" + std::string(text) + "' is not a step",
               "give its number, such as 0 or 12.0, or batch; squeue --steps lists them", 0,
               Fault::user};
}

}  // namespace chainer
