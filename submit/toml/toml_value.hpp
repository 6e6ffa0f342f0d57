// A TOML document as a person wrote it: every value with its place, tables in the file's order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "submit/toml/report.hpp"

namespace chainer {

struct TomlValue;
struct TomlMember;
using TomlArray = std::vector<TomlValue>;
using TomlTable = std::vector<TomlMember>;

/// A date, a time or both, kept as the text that Python's str() gives for it.
struct TomlDate {
  std::string python;
};

struct TomlValue {
  std::variant<std::string, std::int64_t, double, bool, TomlDate, TomlArray, TomlTable> data;
  Place place;
};

struct TomlMember {
  std::string key;
  Place key_place;
  TomlValue value;
};

/// Reads a whole document. The error is the parser's one finding: it stops at the first.
std::variant<TomlTable, Finding> parse_toml(std::string_view text, const std::string& file);

/// "a string", "an integer", … for messages.
std::string_view kind_of(const TomlValue& value);

}  // namespace chainer
