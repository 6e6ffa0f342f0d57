// Finds keys by what people call them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "submit/input/key_table.hpp"

namespace chainer::input {

/// The service wrote a few of its parameters with a leading underscore: both spellings mean the
/// key.
inline std::string_view without_underscore(std::string_view key) {
  return key.starts_with('_') ? key.substr(1) : key;
}

/// The full name of the key that other tools call `word`, or that has this name in another table;
/// empty when there is none. Dashes, a leading underscore and upper case make no difference.
std::string meant_by(std::string_view word);

/// The key that is called `name`: with its section ("slurm.mem"), or without where only one section
/// has it.
std::optional<ListedKey> find_key(std::string_view name);

}  // namespace chainer::input
