// Paths as archives write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer::archive {

/// A path of an archive as the names below the root: `.`, `..` and doubled slashes resolved, never
/// above the root. Refused: a name or a path longer than Linux opens.
Result<std::vector<std::string_view>> split_path(std::string_view path);
std::string join_path(const std::vector<std::string_view>& names);

}  // namespace chainer::archive
