#include "submit/run/array_elements.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/take_part.hpp"

namespace chainer::run {

std::optional<int> number_of_element(std::string_view text) {
  int number = -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = failure == std::errc{} && end == text.data() + text.size() && number >= 0;
  return is_number ? std::optional(number) : std::nullopt;
}

namespace {

/// Adds "7", "0-3" or "0-15:4"; false where it is of another form, or too many.
bool add_range(std::string_view text, std::vector<int>& elements) {
  const bool has_step = text.find(':') != text.npos;
  auto range = take_part(text, ':');
  const auto step = has_step ? number_of_element(text) : std::optional(1);
  const bool is_range = range.find('-') != range.npos;
  const auto first = number_of_element(take_part(range, '-'));
  const auto last = is_range ? number_of_element(range) : first;
  if (!first || !last || !step || *step < 1 || (has_step && !is_range)) return false;
  for (std::int64_t element = *first; element <= *last; element += *step) {
    if (elements.size() > most_listed_elements) return false;
    elements.push_back(static_cast<int>(element));
  }
  return true;
}

}  // namespace

std::vector<int> elements_of_array(std::string_view text) {
  std::vector<int> elements;
  auto ranges = take_part(text, '%');  // behind it stands how many may run at once
  do {
    if (!add_range(take_part(ranges, ','), elements)) return {};
  } while (!ranges.empty());
  std::ranges::sort(elements);
  const auto twice = std::ranges::unique(elements);
  elements.erase(twice.begin(), twice.end());
  return elements.size() > most_listed_elements ? std::vector<int>() : elements;
}

}  // namespace chainer::run
