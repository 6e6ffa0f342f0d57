// The defaults that the key tables show to people, as the values that the program uses.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "submit/input/key.hpp"

namespace chainer::input {

/// A default as its row writes it, read as a file's value would be: TOML, else plain text.
toml::Value default_value(const KeyInfo& info);

/// The default of a key, so that it is written in its row alone. Only for keys whose row has one
/// that reads, which a test looks after.
template <typename Record, typename T>
T default_of(std::span<const Key<Record>> keys, Given<T> Record::*member) {
  Given<T> found;
  for (const auto& key : keys) {
    if (key.info.fallback.empty() || key.read == nullptr) continue;
    Record record;
    toml::Report ignored;  // some rows describe their default in words
    key.read(record, default_value(key.info), key.info.name, ignored);
    if (record.*member) found = std::move(record.*member);
  }
  return std::move(found->value);
}

}  // namespace chainer::input
