#include "submit/cli/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "submit/input/site_keys.hpp"
#include "submit/plan/plan_json.hpp"

namespace chainer::cli {
namespace {

using Json = nlohmann::ordered_json;

Json findings(const plan::Inspection& inspection) {
  auto list = Json::array();
  for (const auto& finding : inspection.findings) {
    list.push_back({{"file", finding.file},
                    {"line", finding.at.line},
                    {"column", finding.at.column},
                    {"severity", finding.severity == Severity::error ? "error" : "warning"},
                    {"message", finding.message},
                    {"hint", finding.hint}});
  }
  return list;
}

Json list_of(const std::vector<run::NotLookedAt>& not_looked_at) {
  auto list = Json::array();
  for (const auto& [what, why] : not_looked_at) {
    list.push_back({{"what", what}, {"why", why}});
  }
  return list;
}

Json record_object(const follow::RunRecord& record) {
  auto ranks = Json::object();
  for (const auto& [rank, code] : record.ranks) ranks[std::to_string(rank)] = code;
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"nodes", record.nodes},
          {"start", or_null(record.start)},
          {"end", or_null(record.end)},
          {"preparation", or_null(record.preparation)},
          {"exit_code", or_null(record.status)},
          {"first_failure", or_null(record.first_failure)},
          {"ranks", ranks}};
}

/// A value of a TOML file; a date as the text that Python has for it.
Json plain_json(const toml::Value& value) {
  if (const auto* array = std::get_if<toml::Array>(&value.data)) {
    auto list = Json::array();
    for (const auto& element : *array) list.push_back(plain_json(element));
    return list;
  }
  if (const auto* table = std::get_if<toml::Table>(&value.data)) {
    auto object = Json::object();
    for (const auto& member : *table) object[member.key] = plain_json(member.value);
    return object;
  }
  if (const auto* date = std::get_if<toml::Date>(&value.data)) return date->python;
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return *number;
  if (const auto* real = std::get_if<double>(&value.data)) return *real;
  return std::get<bool>(value.data);
}

/// The schema of one value; the parser's own checks go further.
Json value_schema(const input::KeyInfo& info) {
  Json schema{{"description", info.sentence}};
  if (info.type == "boolean")
    schema["type"] = "boolean";
  else if (info.type == "integer")
    schema["type"] = "integer";
  else if (info.type == "integer above 0")
    schema.update({{"type", "integer"}, {"minimum", 1}});
  else if (info.type == "array of strings")
    schema.update({{"type", "array"}, {"items", {{"type", "string"}}}});
  else if (info.type == "array of tables")
    schema.update({{"type", "array"}, {"items", {{"type", "object"}}}});
  else if (info.type == "table")
    schema["type"] = "object";
  else if (info.type == "table or string")
    schema["type"] = Json::array({"object", "string"});
  else if (info.type == "size")
    schema.update({{"type", "string"}, {"pattern", "^[0-9]+[bBkKmMgG]?$"}});
  else
    schema["type"] = "string";
  if (info.largest > 0) schema["maximum"] = info.largest;
  if (!info.newer.empty()) schema["deprecated"] = true;
  return schema;
}

/// The schema of the tables that a section's keys stand in: "slurm", or "a.b" for a table in a
/// table. Where a site gives the table its name, all tables there have the one schema.
Json& table_of(Json& schema, std::string_view section) {
  auto* table = &schema;
  while (!section.empty()) {
    const auto name = section.substr(0, section.find('.'));
    section.remove_prefix(std::min(name.size() + 1, section.size()));
    if (!table->contains("type")) (*table)["type"] = "object";
    table = name == input::any_name ? &(*table)["additionalProperties"]
                                    : &(*table)["properties"][std::string(name)];
    if ((*table)["type"] == "array") table = &(*table)["items"];
  }
  return *table;
}

}  // namespace

std::string error_json(const Error& error, run::ExitCode code, const run::RunFolder* folder) {
  Json json{{"ok", false},
            {"exit_code", static_cast<int>(code)},
            {"error", error.what},
            {"next", error.hint}};
  if (folder) json.update({{"run", folder->id()}, {"folder", folder->path()}});
  return plan::dump(json);
}

std::string text_json(const std::string& text) {
  return plan::dump({{"ok", true}, {"text", text}});
}

std::string findings_json(const plan::Inspection& inspection) {
  return plan::dump({{"ok", inspection.is_clean()}, {"findings", findings(inspection)}});
}

std::string online_json(const plan::Inspection& inspection, const run::ClusterAnswer& answer) {
  return plan::dump({{"ok", inspection.is_clean()},
                     {"findings", findings(inspection)},
                     {"start", answer.start},
                     {"not_looked_at", list_of(answer.not_looked_at)}});
}

std::string online_error_json(const run::PinFailure& failure, const run::ClusterAnswer& answer) {
  return plan::dump({{"ok", false},
                     {"exit_code", static_cast<int>(failure.code)},
                     {"error", failure.error.what},
                     {"next", failure.error.hint},
                     {"not_looked_at", list_of(answer.not_looked_at)}});
}

std::string render_json(const plan::Inspection& inspection, const std::string& script) {
  return plan::dump({{"ok", true},
                     {"findings", findings(inspection)},
                     {"plan", plan::plan_object(*inspection.plan)},
                     {"script", script}});
}

std::string rendered_json(const run::RunFolder& folder) {
  return plan::dump({{"folder", folder.path()}, {"script", folder.script()}});
}

std::string submission_json(const run::Submission& submission, const std::string& image,
                            const std::vector<run::NotLookedAt>& not_looked_at) {
  return plan::dump({{"run", submission.folder.id()},
                     {"folder", submission.folder.path()},
                     {"job", submission.job},
                     {"image", image},
                     {"not_looked_at", list_of(not_looked_at)}});
}

std::string ending_json(const run::Submission& submission, const follow::Ending& ending) {
  Json json{{"run", submission.folder.id()}, {"folder", submission.folder.path()},
            {"job", submission.job},         {"ok", ending.code == run::ExitCode::done},
            {"sentence", ending.sentence},   {"state", ending.state}};
  json.update(record_object(ending.record));
  return plan::dump(json);
}

std::string status_json(const run::Submission& submission, const follow::RunStatus& status,
                        const follow::RunMetrics& metrics) {
  auto values = Json::object();
  for (const auto& metric : metrics.metrics) values[metric.name] = Json::parse(metric.value);
  auto tags = Json::object();
  for (const auto& [name, value] : metrics.tags) tags[name] = value;
  Json json{{"run", submission.folder.id()}, {"folder", submission.folder.path()},
            {"job", submission.job},         {"phase", follow::name_of(status.phase)},
            {"sentence", status.sentence},   {"state", status.state}};
  json.update(record_object(status.record));
  json.update({{"metrics", values}, {"tags", tags}});
  return plan::dump(json);
}

std::string cancelled_json(const run::Submission& submission) {
  return plan::dump({{"ok", true},
                     {"run", submission.folder.id()},
                     {"folder", submission.folder.path()},
                     {"job", submission.job}});
}

std::string draft_json(const std::string& file, const std::string& text,
                       const plan::Inspection& inspection) {
  return plan::dump(
      {{"ok", true}, {"file", file}, {"estimator", text}, {"findings", findings(inspection)}});
}

std::string keys_json(const std::vector<input::ListedKey>& keys) {
  auto list = Json::array();
  for (const auto& key : keys) {
    list.push_back({{"key", key.full_name()},
                    {"type", key.info.type},
                    {"unit", key.info.unit},
                    {"default", key.info.fallback},
                    {"set_by", input::setters(key.info.set_by)},
                    {"works", key.info.support == input::Support::works},
                    {"deprecated_for", key.info.newer},
                    {"sentence", key.info.sentence}});
  }
  return plan::dump(list);
}

std::string versions_json(const std::vector<input::Recipe>& recipes,
                          const std::string& default_version) {
  auto list = Json::array();
  for (const auto& recipe : recipes) {
    list.push_back({{"version", recipe.version},
                    {"default", recipe.version == default_version},
                    {"pip", recipe.pip},
                    {"gpu_pip", recipe.gpu_pip}});
  }
  return plan::dump(list);
}

std::string estimator_schema() {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "chainer-submit estimator"},
              {"type", "object"},
              {"additionalProperties", false},
              {"properties", Json::object()}};
  for (const auto& [section, info] : input::all_keys()) {
    if (info.support == input::Support::later) continue;
    auto& table = table_of(schema, section);
    table["additionalProperties"] = false;
    table["properties"][std::string(info.name)] = value_schema(info);
    // A pattern, so that editors do not offer the key twice.
    if (section.empty()) {
      table["patternProperties"][fmt::format("^_{}$", info.name)] = {
          {"$ref", fmt::format("#/properties/{}", info.name)}};
    }
  }
  return plan::dump(schema);
}

std::string site_schema() {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "chainer-submit site file"},
              {"type", "object"},
              {"additionalProperties", false},
              {"properties", Json::object()}};
  for (const auto& [section, info] : input::all_site_keys()) {
    auto& table = table_of(schema, section);
    table["type"] = "object";
    table["additionalProperties"] = false;
    table["properties"][std::string(info.name)] = value_schema(info);
    const auto outer = section.substr(0, section.find('.'));
    if (!outer.empty()) {
      schema["properties"][std::string(outer)]["description"] =
          input::sentence_of_site_table(outer);
    }
  }
  schema["properties"]["priorities"]["additionalProperties"] = false;
  return plan::dump(schema);
}

std::string site_values_json(const std::string& file, const std::vector<input::SiteValue>& values) {
  auto list = Json::array();
  for (const auto& [key, value, is_default] : values) {
    list.push_back({{"key", key},
                    {"value", plain_json(value)},
                    {"from", is_default ? "default" : "file"},
                    {"file", value.place.file},
                    {"line", value.place.at.line},
                    {"column", value.place.at.column}});
  }
  return plan::dump({{"ok", true}, {"file", file}, {"values", list}});
}

}  // namespace chainer::cli
