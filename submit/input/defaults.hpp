// The defaults of the key tables, for the program and for people.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "submit/input/key.hpp"

namespace chainer::input {

/// A default as a file would hold it, or in words; empty where there is none.
std::string text_of(const Default& fallback);

/// The default of a key, which is thus written only in its row. Throws for a key whose row has no
/// value for it.
template <typename Record, typename T>
T default_of(std::span<const Key<Record>> keys, Given<T> Record::*member) {
  Record record;
  for (const auto& key : keys) {
    if (key.fall_back) key.fall_back(record, key.info.fallback);
  }
  return std::move((record.*member).value().value);
}

}  // namespace chainer::input
