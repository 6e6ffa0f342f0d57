// What the value of a key is, and who set it.
#pragma once

#include <string>
#include <vector>

#include "submit/input/key_table.hpp"

namespace chainer::input {

/// The documents that may give a key's value.
struct Documents {
  const toml::Table* estimator;   ///< with what --set put into it
  const toml::Table* definition;  ///< the file that environment_definition names, or null
  const toml::Table* site;        ///< null where it cannot be read, or there is none
  /// Without a site file: the framework's version that this machine takes by itself.
  const std::string* own_version{nullptr};
};

enum class SaidBy {
  file,
  command_line,
  site,
  unread_site,   ///< the site file might set it, but cannot be read
  this_machine,  ///< the default where there is no site file
  key,           ///< its own default
  nobody,
};

struct KeyValue {
  std::string text;  ///< as TOML, or in words; empty where there is none, and for a table of keys
  SaidBy said_by{SaidBy::nobody};
  toml::Place place{};     ///< where a file or --set gives it
  std::string spelling{};  ///< the key's full name there
};

/// Usually one value. A key of [[inputs]] has one for each input that gives it.
std::vector<KeyValue> values_of(const ListedKey& key, const Documents& documents);

}  // namespace chainer::input
