// People's YAML, read into the values that TOML has, each with its place.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "submit/toml/toml_value.hpp"

namespace chainer::draft {

/// Reads a document whose top is a mapping. Members that are null are left out; in a list they
/// become empty text. The error is the parser's only finding.
std::variant<toml::Table, Finding> parse_yaml(const std::string& text, const std::string& file);

/// The member `key`; null when there is none.
const toml::Value* find(const toml::Table& table, std::string_view key);

/// A table that is a member; null when there is none, or when it has another type.
const toml::Table* find_table(const toml::Table& table, std::string_view key);

/// Whether there is such a member and it is `true`.
bool is_true(const toml::Table& table, std::string_view key);

/// A scalar as text; empty for lists and mappings.
std::string plain_text(const toml::Value& value);

}  // namespace chainer::draft
