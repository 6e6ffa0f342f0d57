// Which elements a job array has: the value of sbatch's --array, as "0-15:4", "1,3,5-7" or "0-9%2".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace chainer::run {

/// Beyond so many nobody lists them.
inline constexpr std::size_t most_listed_elements = 10'000;

/// The number that a text is, with nothing beside it; empty for any other text.
std::optional<int> number_of_element(std::string_view text);

/// The elements' numbers, sorted, each once. Empty where the text is none of these, or names more
/// than are listed.
std::vector<int> elements_of_array(std::string_view text);

}  // namespace chainer::run
