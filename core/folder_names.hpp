// What a folder holds, by name.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer {

inline constexpr std::size_t all_names = std::numeric_limits<std::size_t>::max();

/// The names in a folder in the order in which its file system has them, without . and .., and no
/// more than `most`: a stranger's folder may have any number. The folder may be open with O_PATH.
Result<std::vector<std::string>> names_in(int folder, std::size_t most = all_names);

}  // namespace chainer
