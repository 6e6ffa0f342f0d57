// One row of a key table: everything that is said about a key, and how its value is read.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "submit/toml/toml_value.hpp"
#include "submit/toml/value_reader.hpp"

namespace chainer::input {

/// Who may set a key besides the estimator's file.
enum class SetBy {
  file,          ///< nobody
  command_line,  ///< --set
  site_and_command_line,
};

/// A default that follows from something else, described for people.
struct InWords {
  std::string_view text;
  constexpr explicit InWords(std::string_view told) : text(told) {}
};

/// What holds where nobody writes the key: nothing, a value of the type that the key is read into,
/// or a description.
using Default = std::variant<std::monostate, bool, std::int64_t, toml::Count, ByteSize,
                             std::string_view, InWords>;

/// Whether a default is a value, which the program can use.
constexpr bool is_value(const Default& fallback) {
  return !std::holds_alternative<std::monostate>(fallback) &&
         !std::holds_alternative<InWords>(fallback);
}

struct KeyInfo {
  std::string_view name;
  toml::ValueKind kind{};  ///< left out in a row: follows from the type that it is read into
  std::string_view unit{};
  Default fallback{};
  std::string_view sentence{};
  std::string_view example{};  ///< a value as it could stand in a file
  std::string_view choices{};  ///< the words that the key takes, separated by blanks; empty: any
  std::string_view also{};     ///< what people who know other tools call it, separated by blanks
  SetBy set_by{SetBy::command_line};
  std::string_view newer{};  ///< the key to use instead of this deprecated one
  std::int64_t largest{0};   ///< of a whole number; 0: another type, or without a bound
};

/// The words of a row's list.
std::vector<std::string_view> words_of(std::string_view list);

/// A type of numbers that has a largest value.
template <typename T>
concept Bounded = requires {
  { T::largest } -> std::convertible_to<std::int64_t>;
};

template <typename Record>
struct Key {
  KeyInfo info;
  void (*read)(Record&, const toml::Value&, std::string_view name, toml::Report&);
  /// Gives the record the row's default; null where that is not a value.
  void (*fall_back)(Record&, const Default&){nullptr};
};

/// A value that may be missing, with its place.
template <typename T>
using Given = std::optional<toml::Located<T>>;

/// The strings of a list without their places; none where the list is not given.
inline std::vector<std::string> plain(const Given<toml::Strings>& given) {
  std::vector<std::string> strings;
  if (!given) return strings;
  for (const auto& string : given->value) strings.push_back(string.value);
  return strings;
}

namespace detail {
template <typename Member>
struct MemberOf;
template <typename Record_, typename T>
struct MemberOf<Given<T> Record_::*> {
  using Record = Record_;
  using Value = T;
};

/// The type in which a row keeps its default.
template <typename Value>
using Kept = std::conditional_t<std::is_same_v<Value, std::string>, std::string_view, Value>;

template <typename T, typename Variant>
inline constexpr bool is_alternative = false;
template <typename T, typename... Ts>
inline constexpr bool is_alternative<T, std::variant<Ts...>> = (std::is_same_v<T, Ts> || ...);

template <typename Value>
concept MayHaveDefault = is_alternative<Kept<Value>, Default>;
}  // namespace detail

/// A key that is read into `Member`. The type that people see follows from the member's, and a
/// default of another type does not compile.
template <auto Member>
constexpr auto key(KeyInfo info) {
  using Record = typename detail::MemberOf<decltype(Member)>::Record;
  using Value = typename detail::MemberOf<decltype(Member)>::Value;
  info.kind = toml::ValueReader<Value>::kind;
  if constexpr (Bounded<Value>) info.largest = Value::largest;
  Key<Record> row{info, [](Record& record, const toml::Value& value, std::string_view name,
                           toml::Report& report) {
                    if (auto parsed = toml::ValueReader<Value>::read(value, name, report)) {
                      record.*Member = toml::Located<Value>{*std::move(parsed), value.place};
                    }
                  }};
  bool fits = !is_value(info.fallback);
  if constexpr (detail::MayHaveDefault<Value>) {
    using Kept = detail::Kept<Value>;
    if (std::holds_alternative<Kept>(info.fallback)) {
      fits = true;
      row.fall_back = [](Record& record, const Default& fallback) {
        record.*Member = toml::Located<Value>{Value(std::get<Kept>(fallback)), {}};
      };
    }
  }
  if (!fits) throw "the default is of another type";
  return row;
}

}  // namespace chainer::input
