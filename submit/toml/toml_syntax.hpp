// The likely cause of a syntax error that the TOML parser reports, in terms of the person's file.
#pragma once

#include <string_view>

#include "core/diagnostics.hpp"
#include "core/source_text.hpp"

namespace chainer::toml {

/// The finding for what the parser said about the place `at` of `file`. Unquoted text, which the
/// parser takes for the beginning of a number, a date or `false`, is shown whole.
Finding syntax_error(std::string_view said, const std::string& file, Position at,
                     const SourceText& source);

}  // namespace chainer::toml
