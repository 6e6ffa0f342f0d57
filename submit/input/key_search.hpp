// Finds keys by what people call them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "submit/input/key_table.hpp"

namespace chainer::input {

/// The service wrote a few of its parameters with a leading underscore: both spellings are the key.
inline std::string_view without_underscore(std::string_view key) {
  return key.starts_with('_') ? key.substr(1) : key;
}

/// The full name of the key that goes by `word` in other tools, or that has this name in another
/// table; empty when no key does. Dashes, a leading underscore and upper case make no difference.
std::string meant_by(std::string_view word);

/// The key that is called `name`, with its section ("slurm.mem") or, where only one has it,
/// without.
std::optional<ListedKey> find_key(std::string_view name);

}  // namespace chainer::input
