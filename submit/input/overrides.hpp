// `--set key=value`: values of the command line in place of those in the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "submit/toml/toml_value.hpp"

namespace chainer::input {

/// What findings call the command line; its line N is the Nth --set.
inline constexpr std::string_view overrides_file = "--set";

/// The text that findings in overrides are shown from.
std::string overrides_text(const std::vector<std::string>& overrides);

/// Replaces values of `document`, always whole ones, and adds those that it does not have. KEY is
/// dotted as in TOML; VALUE is TOML, and what cannot be read as TOML is a string.
void apply_overrides(const std::vector<std::string>& overrides, toml::Table& document,
                     toml::Report& report);

}  // namespace chainer::input
