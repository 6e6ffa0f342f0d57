// What installing pip packages beside conda's would change, as uv announces it.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer::builder {

struct PipPlan {
  std::string pins;      ///< what would be installed, one `name==version` per line
  std::string kept;      ///< what is there and stays, one name per line
  std::string replaced;  ///< what another version replaces, "a 1.0, b 2.0"

  /// From the JSON of `uv pip install --dry-run` and of `uv pip list`.
  static Result<PipPlan> parse(std::string_view changes, std::string_view installed);
};

}  // namespace chainer::builder
