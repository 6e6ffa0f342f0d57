#include "submit/input/site_values.hpp"

#include <algorithm>

#include "submit/input/defaults.hpp"
#include "submit/input/site_keys.hpp"

namespace chainer::input {
namespace {

const toml::Value* find(const toml::Table& table, std::string_view key) {
  const auto found = std::ranges::find(table, key, &toml::Member::key);
  return found == table.end() ? nullptr : &found->value;
}

const toml::Table* find_table(const toml::Table& table, std::string_view key) {
  const auto* value = find(table, key);
  return value ? std::get_if<toml::Table>(&value->data) : nullptr;
}

const toml::Table nothing;

/// A table of the document and its key; empty when the table is not there.
struct NamedTable {
  std::string name;
  const toml::Table* table;
};

/// The tables that a section of the key table stands for: one, or one for each name.
std::vector<NamedTable> tables_of(std::string_view section, const toml::Table& document) {
  if (section.empty()) return {{"", &document}};
  const auto dot = section.find('.');
  const auto* outer = find_table(document, section.substr(0, dot));
  if (!outer) outer = &nothing;
  if (dot == section.npos) return {{std::string(section), outer}};
  const auto inner = section.substr(dot + 1);
  if (inner != any_name) {
    const auto* table = find_table(*outer, inner);
    return {{std::string(section), table ? table : &nothing}};
  }
  std::vector<NamedTable> tables;
  for (const auto& member : *outer) {
    if (const auto* table = std::get_if<toml::Table>(&member.value.data)) {
      tables.push_back({std::string(section.substr(0, dot + 1)) + member.key, table});
    }
  }
  return tables;
}

/// The node type that a target names.
const toml::Table* node_type_of(const toml::Table& target, const toml::Table& document) {
  const auto* named = find(target, "node_type");
  const auto* name = named ? std::get_if<std::string>(&named->data) : nullptr;
  const auto* types = find_table(document, "node_types");
  return name && types ? find_table(*types, *name) : nullptr;
}

Default default_of_node_type(std::string_view name) {
  for (const auto& key : node_type_keys()) {
    if (key.info.name == name) return key.info.fallback;
  }
  return {};
}

/// A default as the file would hold it.
toml::Value written(const Default& fallback) {
  toml::Value value;
  if (const auto* flag = std::get_if<bool>(&fallback)) value.data = *flag;
  if (const auto* number = std::get_if<std::int64_t>(&fallback)) value.data = *number;
  if (const auto* count = std::get_if<toml::Count>(&fallback))
    value.data = std::int64_t{count->get()};
  if (const auto* size = std::get_if<ByteSize>(&fallback)) value.data = size->to_string();
  if (const auto* text = std::get_if<std::string_view>(&fallback)) value.data = std::string(*text);
  return value;
}

}  // namespace

std::vector<SiteValue> values_in_force(const toml::Table& document) {
  std::vector<SiteValue> values;
  for (const auto& [section, info] : all_site_keys()) {
    const bool is_of_target = section.starts_with("compute_targets.");
    for (const auto& [prefix, table] : tables_of(section, document)) {
      const auto key =
          prefix.empty() ? std::string(info.name) : prefix + "." + std::string(info.name);
      const auto* value = find(*table, info.name);
      const auto* type = is_of_target && !value ? node_type_of(*table, document) : nullptr;
      if (type) value = find(*type, info.name);
      auto shown = info;
      if (type && !is_value(shown.fallback)) shown.fallback = default_of_node_type(info.name);
      if (value)
        values.push_back({key, *value});
      else if (is_value(shown.fallback))
        values.push_back({key, written(shown.fallback), true});
    }
  }
  return values;
}

}  // namespace chainer::input
