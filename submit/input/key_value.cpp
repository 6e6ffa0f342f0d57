#include "submit/input/key_value.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "submit/input/defaults.hpp"
#include "submit/input/environment_definition.hpp"
#include "submit/input/key_search.hpp"
#include "submit/input/overrides.hpp"
#include "submit/toml/toml_text.hpp"

namespace chainer::input {
namespace {

using Path = std::vector<std::string>;

Path parts_of(std::string_view dotted) {
  Path parts;
  while (!dotted.empty()) {
    parts.emplace_back(dotted.substr(0, dotted.find('.')));
    dotted.remove_prefix(std::min(parts.back().size() + 1, dotted.size()));
  }
  return parts;
}

/// The members at a path; several where arrays of tables lie on the way.
void collect(const toml::Table& table, std::span<const std::string> path, bool is_top,
             std::vector<const toml::Member*>& found) {
  for (const auto& member : table) {
    if ((is_top ? without_underscore(member.key) : std::string_view(member.key)) != path.front())
      continue;
    if (path.size() == 1) {
      found.push_back(&member);
    } else if (const auto* inner = std::get_if<toml::Table>(&member.value.data)) {
      collect(*inner, path.subspan(1), false, found);
    } else if (const auto* array = std::get_if<toml::Array>(&member.value.data)) {
      for (const auto& element : *array) {
        const auto* one = std::get_if<toml::Table>(&element.data);
        if (one) collect(*one, path.subspan(1), false, found);
      }
    }
  }
}

std::vector<const toml::Member*> find(const toml::Table* table, const Path& path) {
  std::vector<const toml::Member*> found;
  if (table && !path.empty()) collect(*table, path, true, found);
  return found;
}

/// Whether the members of the key are keys of their own.
bool is_table_of_keys(const std::string& name) {
  return std::ranges::any_of(all_keys(), [&](const auto& key) { return key.section == name; });
}

constexpr std::string_view password = "password";

/// A copy without passwords, however deep they lay.
toml::Table without_passwords(toml::Table table) {
  for (auto& member : table) {
    if (member.key == password) member.value.data = std::string("(not shown)");
    auto* inner = std::get_if<toml::Table>(&member.value.data);
    if (inner) *inner = without_passwords(std::move(*inner));
  }
  return table;
}

/// A table of keys is not shown itself: each of its keys is.
std::string shown(const toml::Member& member, const std::string& name) {
  const bool is_text = std::holds_alternative<std::string>(member.value.data);
  if (!is_text && is_table_of_keys(name)) return {};
  return toml::toml_text(without_passwords({member}).front().value.data);
}

std::vector<KeyValue> said_in(const toml::Table* table, const std::string& name, SaidBy by) {
  std::vector<KeyValue> values;
  for (const auto* member : find(table, parts_of(name))) {
    const auto& place = member->value.place;
    values.push_back({shown(*member, name),
                      place.file == overrides_file ? SaidBy::command_line : by, place, name});
  }
  return values;
}

/// The key's other names in an estimator, in full.
std::vector<std::string> other_names(const ListedKey& key) {
  std::vector<std::string> names;
  for (const auto& other : all_keys()) {
    if (key.section.empty() && other.info.newer == key.info.name)
      names.push_back(other.full_name());
  }
  // Both say the same thing, so they agree or contradict each other.
  constexpr std::string_view outer = "process_count_per_node";
  constexpr std::string_view inner = "distributed_training.process_count_per_node";
  if (key.full_name() == outer) names.emplace_back(inner);
  if (key.full_name() == inner) names.emplace_back(outer);
  const auto defined = name_in_definition(key.full_name());
  if (!defined.empty()) names.push_back("environment_definition." + defined);
  return names;
}

std::vector<KeyValue> said_in_estimator(const std::string& name, const Documents& documents) {
  auto values = said_in(documents.estimator, name, SaidBy::file);
  constexpr std::string_view definition = "environment_definition.";
  if (!values.empty() || !name.starts_with(definition)) return values;
  values = said_in(documents.definition, name.substr(definition.size()), SaidBy::file);
  for (auto& value : values) value.spelling = name;
  return values;
}

std::string text_at(const toml::Table* table, const Path& path) {
  const auto found = find(table, path);
  const auto* text = found.empty() ? nullptr : std::get_if<std::string>(&found[0]->value.data);
  return text ? *text : std::string();
}

bool is_true_at(const toml::Table* table, const Path& path) {
  const auto found = find(table, path);
  const auto* flag = found.empty() ? nullptr : std::get_if<bool>(&found[0]->value.data);
  return flag && *flag;
}

/// Where the site file may give the default of one of Slurm's keys; the first that exists counts.
std::vector<Path> places_of_target(const std::string& key, const Documents& documents) {
  const auto* estimator = documents.estimator;
  const auto target = text_at(estimator, {"compute_target"});
  const auto machine = text_at(estimator, {"vm_size"});
  if (machine.empty()) {
    return {{"compute_targets", target, key},
            {"node_types", text_at(documents.site, {"compute_targets", target, "node_type"}), key}};
  }
  const auto priority = text_at(estimator, {"vm_priority"});
  return {{"priorities", priority.empty() ? "dedicated" : priority, key},
          {"node_types", machine, key}};
}

std::vector<Path> places_in_site(const std::string& key, const Documents& documents) {
  if (key == "framework_version") return {{"default_framework_version"}};
  if (key == "custom_docker_image") {
    return {{"images", is_true_at(documents.estimator, {"use_gpu"}) ? "gpu" : "cpu"}};
  }
  return places_of_target(parts_of(key).back(), documents);
}

/// Without a site file the keys that it may say have their own defaults, but for this one.
std::vector<KeyValue> said_by_this_machine(const std::string& key, const std::string& version) {
  if (key != "framework_version") return {};
  return {{toml::toml_text(toml::Data(version)), SaidBy::this_machine}};
}

std::vector<KeyValue> said_by_site(const std::string& key, const Documents& documents) {
  if (documents.own_version) return said_by_this_machine(key, *documents.own_version);
  if (!documents.site) return {{"", SaidBy::unread_site}};
  for (const auto& path : places_in_site(key, documents)) {
    const auto found = find(documents.site, path);
    if (found.empty()) continue;
    return {{toml::toml_text(found[0]->value.data), SaidBy::site, found[0]->value.place,
             fmt::format("{}", fmt::join(path, "."))}};
  }
  return {};
}

}  // namespace

std::vector<KeyValue> values_of(const ListedKey& key, const Documents& documents) {
  const auto name = key.full_name();
  auto values = said_in_estimator(name, documents);
  for (const auto& other : other_names(key)) {
    if (values.empty()) values = said_in_estimator(other, documents);
  }
  if (!values.empty()) return values;
  if (key.info.set_by == SetBy::site_and_command_line) {
    values = said_by_site(name, documents);
    if (!values.empty()) return values;
  }
  const auto& fallback = key.info.fallback;
  if (std::holds_alternative<std::monostate>(fallback)) return {{"", SaidBy::nobody}};
  return {{text_of(fallback), SaidBy::key}};
}

}  // namespace chainer::input
