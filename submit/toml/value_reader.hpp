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
  static constexpr std::optional<Count> from(std::int64_t number) {
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

/// What kind of value a key takes.
enum class ValueKind {
  line,  ///< one line of text that is not empty
  text,
  flag,
  whole_number,
  count,
  size,
  image,
  strings,
  table,
  tables,
  table_or_file,
};

/// The kind in words: "size", "array of strings".
std::string_view words(ValueKind kind);

/// Strings that are passed on as they stand, the empty one too.
using Strings = std::vector<Located<std::string>>;

/// `ValueReader<T>::read` gives a T, or reports why not and gives nothing. A std::string is one
/// line that is not empty; no string holds a NUL byte, which no program could be given.
template <typename T>
struct ValueReader;

#define CHAINER_VALUE_READER(T, KIND)                                                       \
  template <>                                                                               \
  struct ValueReader<T> {                                                                   \
    static constexpr ValueKind kind = ValueKind::KIND;                                      \
    static std::optional<T> read(const Value& value, std::string_view key, Report& report); \
  }
CHAINER_VALUE_READER(std::string, line);
CHAINER_VALUE_READER(Prose, text);
CHAINER_VALUE_READER(bool, flag);
CHAINER_VALUE_READER(std::int64_t, whole_number);
CHAINER_VALUE_READER(Count, count);
CHAINER_VALUE_READER(Seconds, count);
CHAINER_VALUE_READER(ByteSize, size);
CHAINER_VALUE_READER(ImageRef, image);
CHAINER_VALUE_READER(Strings, strings);
CHAINER_VALUE_READER(Table, table);
#undef CHAINER_VALUE_READER

/// Reports "KEY is KIND, expected EXPECTED".
void report_wrong_type(const Value& value, std::string_view key, std::string_view expected,
                       Report& report, std::string hint = {});

}  // namespace chainer::toml
