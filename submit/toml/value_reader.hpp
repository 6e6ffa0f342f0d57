// How one TOML value becomes a checked type, or a finding that says what was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_size.hpp"
#include "core/image_ref.hpp"
#include "submit/toml/toml_value.hpp"

namespace chainer::toml {

/// A whole number above zero.
class Count {
 public:
  static constexpr std::int64_t largest = 1'000'000;
  static std::optional<Count> from(std::int64_t number) {
    if (number < 1 || number > largest) return std::nullopt;
    return Count(static_cast<int>(number));
  }
  static constexpr Count one() { return Count(1); }
  int get() const { return value_; }

 private:
  constexpr explicit Count(int value) : value_(value) {}
  int value_;
};

/// A duration in whole seconds above zero, up to a year (Slurm's minutes then fit everywhere).
class Seconds {
 public:
  static constexpr std::int64_t largest = 365 * 24 * 3600;
  static std::optional<Seconds> from(std::int64_t number) {
    if (number < 1 || number > largest) return std::nullopt;
    return Seconds(number);
  }
  std::int64_t get() const { return value_; }
  std::int64_t minutes_rounded_up() const { return (value_ + 59) / 60; }

 private:
  constexpr explicit Seconds(std::int64_t value) : value_(value) {}
  std::int64_t value_;
};

/// Text of any number of lines.
struct Prose {
  std::string text;
};

/// Strings that are passed on as they stand, the empty one too.
using Strings = std::vector<Located<std::string>>;

/// `ValueReader<T>::read` gives a T, or reports and gives nothing. A std::string is one line that
/// is not empty; no string holds a NUL byte, which no program could be given.
template <typename T>
struct ValueReader;

#define CHAINER_VALUE_READER(T, TYPE)                                                       \
  template <>                                                                               \
  struct ValueReader<T> {                                                                   \
    static constexpr std::string_view type = TYPE;                                          \
    static std::optional<T> read(const Value& value, std::string_view key, Report& report); \
  }
CHAINER_VALUE_READER(std::string, "string");
CHAINER_VALUE_READER(Prose, "text");
CHAINER_VALUE_READER(bool, "boolean");
CHAINER_VALUE_READER(std::int64_t, "integer");
CHAINER_VALUE_READER(Count, "integer above 0");
CHAINER_VALUE_READER(Seconds, "integer above 0");
CHAINER_VALUE_READER(ByteSize, "size");
CHAINER_VALUE_READER(ImageRef, "image reference");
CHAINER_VALUE_READER(Strings, "array of strings");
CHAINER_VALUE_READER(Table, "table");
#undef CHAINER_VALUE_READER

/// Reports "KEY is KIND, expected EXPECTED".
void report_wrong_type(const Value& value, std::string_view key, std::string_view expected,
                       Report& report, std::string hint = {});

}  // namespace chainer::toml
