// TOML values as text that reads back as the same values.
#pragma once

#include <string>
#include <string_view>

#include "submit/toml/toml_value.hpp"

namespace chainer::toml {

using Data = decltype(Value::data);

/// A value as TOML on one line.
std::string toml_text(const Data& data);

/// A key, in quotes where it needs them.
std::string toml_key(std::string_view key);

}  // namespace chainer::toml
