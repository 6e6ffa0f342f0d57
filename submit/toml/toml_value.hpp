// A TOML document as a person wrote it: every value with its place, tables in the file's order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "submit/toml/report.hpp"

namespace chainer::toml {

struct Value;
struct Member;
using Array = std::vector<Value>;
using Table = std::vector<Member>;

/// A date, a time or both, kept as the text that Python's str() gives.
struct Date {
  std::string python;
};

struct Value {
  std::variant<std::string, std::int64_t, double, bool, Date, Array, Table> data;
  Place place;
};

struct Member {
  std::string key;
  Place key_place;
  Value value;
};

/// Reads a whole document. The error is the parser's only finding, since it stops at the first.
std::variant<Table, Finding> parse_toml(std::string_view text, const std::string& file);

/// "a string", "an integer", … for messages.
std::string_view kind_of(const Value& value);

}  // namespace chainer::toml
