// One row of a key table: everything that is said about a key, and how its value is read.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "submit/toml/toml_value.hpp"
#include "submit/toml/value_reader.hpp"

namespace chainer::input {

enum class Support {
  works,
  later,  ///< known, and refused by name in this version
};

/// Who may set a key besides the estimator's file.
enum class SetBy {
  file,          ///< nobody
  command_line,  ///< --set
  site_and_command_line,
};

struct KeyInfo {
  std::string_view name;
  std::string_view type{};  ///< empty in a row: follows from the type that it is read into
  std::string_view unit{};
  std::string_view fallback{};  ///< the default as it would be written; empty: none
  std::string_view sentence{};
  std::string_view also{};  ///< what people write for it who know other tools, between blanks
  SetBy set_by{SetBy::command_line};
  Support support{Support::works};
  std::string_view newer{};  ///< the key to use instead of this deprecated one
  std::int64_t largest{0};   ///< of a whole number; 0: of no other type, or without a bound
};

/// A type of numbers that says how large one may be.
template <typename T>
concept Bounded = requires {
  { T::largest } -> std::convertible_to<std::int64_t>;
};

template <typename Record>
struct Key {
  KeyInfo info;
  void (*read)(Record&, const toml::Value&, std::string_view name, toml::Report&);
};

/// A value that may be missing, with its place.
template <typename T>
using Given = std::optional<toml::Located<T>>;

namespace detail {
template <typename Member>
struct MemberOf;
template <typename Record_, typename T>
struct MemberOf<Given<T> Record_::*> {
  using Record = Record_;
  using Value = T;
};
}  // namespace detail

/// A key that is read into `Member`; the type that people see follows from the member's.
template <auto Member>
constexpr auto key(KeyInfo info) {
  using Record = typename detail::MemberOf<decltype(Member)>::Record;
  using Value = typename detail::MemberOf<decltype(Member)>::Value;
  if (info.type.empty()) info.type = toml::ValueReader<Value>::type;
  if constexpr (Bounded<Value>) info.largest = Value::largest;
  return Key<Record>{info, [](Record& record, const toml::Value& value, std::string_view name,
                              toml::Report& report) {
                       if (auto parsed = toml::ValueReader<Value>::read(value, name, report)) {
                         record.*Member = toml::Located<Value>{*std::move(parsed), value.place};
                       }
                     }};
}

/// A key that a later version reads.
template <typename Record>
constexpr Key<Record> later(KeyInfo info) {
  info.support = Support::later;
  return {info, nullptr};
}

}  // namespace chainer::input
