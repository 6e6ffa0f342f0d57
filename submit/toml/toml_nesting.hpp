// How deep a TOML document nests, found out before it is parsed.
#pragma once

#include <optional>
#include <string_view>

#include "core/diagnostics.hpp"

namespace chainer::toml {

/// The deepest nesting of tables and arrays: far more than an estimator has.
inline constexpr std::size_t deepest_toml = 100;

/// Where a document nests deeper than `levels`. The parser bounds arrays and inline tables, but not
/// dotted keys and headers, and what it makes of them is walked and freed by recursion: a key of a
/// few thousand parts ends the program. In a document that the parser accepts, this counts at least
/// as many levels as the parser nests.
std::optional<Position> deeper_than(std::size_t levels, std::string_view toml);

}  // namespace chainer::toml
