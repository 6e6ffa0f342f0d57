// The words that slurm.binding and the site's default for it take.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace chainer::input {

inline constexpr std::string_view words_of_binding[] = {"auto", "none", "cores"};

inline bool is_word_of_binding(std::string_view binding) {
  return std::ranges::find(words_of_binding, binding) != std::end(words_of_binding);
}

}  // namespace chainer::input
