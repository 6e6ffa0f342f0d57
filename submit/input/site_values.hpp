// Every value of a site that is in force, and where it comes from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "submit/toml/toml_value.hpp"

namespace chainer::input {

struct SiteValue {
  std::string key;  ///< includes the names of its tables, dotted as in TOML
  toml::Value value;
  bool is_default{false};  ///< nobody wrote it; else `place` of the value is where it stands
};

/// For a document that read_site reads without an error. Values that a target takes from its node
/// type have the node type's place. Keys without a value and without a default are left out.
std::vector<SiteValue> values_in_force(const toml::Table& document);

}  // namespace chainer::input
