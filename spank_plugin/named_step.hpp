// Which step --chainer-attach is to enter.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

struct NamedStep {
  std::optional<std::uint32_t> job;   ///< empty: the job that the new step is part of
  std::optional<std::uint32_t> step;  ///< empty: the newest one

  /// `newest`, `3`, `12.3`, `batch`, `12.batch`, `interactive`, …
  static Result<NamedStep> parse(std::string_view text);
};

}  // namespace chainer
