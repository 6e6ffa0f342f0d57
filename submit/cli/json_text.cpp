#include "submit/cli/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "submit/input/site_keys.hpp"
#include "submit/plan/plan_json.hpp"

namespace chainer::cli {
namespace {

using Json = nlohmann::ordered_json;

Json findings_list(const std::vector<Finding>& findings) {
  auto list = Json::array();
  for (const auto& finding : findings) {
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

Json status_object(const run::Submission& submission, const follow::RunStatus& status) {
  Json json{{"run", submission.folder.id()}, {"folder", submission.folder.path()},
            {"job", submission.job},         {"phase", follow::name_of(status.phase)},
            {"sentence", status.sentence},   {"state", status.state}};
  json.update(record_object(status.record));
  return json;
}

Json default_json(const input::Default& fallback) {
  if (const auto* flag = std::get_if<bool>(&fallback)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&fallback)) return *number;
  if (const auto* count = std::get_if<toml::Count>(&fallback)) return count->get();
  if (const auto* size = std::get_if<ByteSize>(&fallback)) return size->to_string();
  if (const auto* text = std::get_if<std::string_view>(&fallback)) return *text;
  return nullptr;
}

/// What the type of a key asks of a value; the parser's own checks go further.
Json type_schema(toml::ValueKind kind) {
  using toml::ValueKind;
  switch (kind) {
    case ValueKind::flag: return {{"type", "boolean"}};
    case ValueKind::whole_number: return {{"type", "integer"}};
    case ValueKind::count: return {{"type", "integer"}, {"minimum", 1}};
    case ValueKind::strings: return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case ValueKind::tables: return {{"type", "array"}, {"items", {{"type", "object"}}}};
    case ValueKind::table: return {{"type", "object"}};
    case ValueKind::table_or_file: return {{"type", Json::array({"object", "string"})}};
    case ValueKind::size: return {{"type", "string"}, {"pattern", "^[0-9]+[bBkKmMgG]?$"}};
    case ValueKind::line:
    case ValueKind::text:
    case ValueKind::image: break;
  }
  return {{"type", "string"}};
}

/// A value of a TOML file; a date becomes the text that Python has for it.
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
  schema.update(type_schema(info.kind));
  if (!info.choices.empty()) schema["enum"] = input::words_of(info.choices);
  if (info.largest > 0) schema["maximum"] = info.largest;
  if (input::is_value(info.fallback)) schema["default"] = default_json(info.fallback);
  if (!info.newer.empty()) schema["deprecated"] = true;
  return schema;
}

std::string_view word(input::SaidBy said_by) {
  switch (said_by) {
    case input::SaidBy::file: return "file";
    case input::SaidBy::command_line: return "--set";
    case input::SaidBy::site: return "site";
    case input::SaidBy::unread_site: return "unread site";
    case input::SaidBy::this_machine: return "this machine";
    case input::SaidBy::key: return "default";
    case input::SaidBy::nobody: break;
  }
  return "nobody";
}

Json values(const input::ListedKey& key, const input::Documents& documents) {
  auto list = Json::array();
  for (const auto& value : input::values_of(key, documents)) {
    list.push_back({{"value", value.text},
                    {"from", word(value.said_by)},
                    {"as", value.spelling},
                    {"file", value.place.file},
                    {"line", value.place.at.line},
                    {"column", value.place.at.column}});
  }
  return list;
}

/// The schema of the tables that hold a section's keys: "slurm", or "a.b" for a table in a table.
/// Where a site chooses a table's name, all tables there share one schema.
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
  return json_page(json);
}

std::string text_json(const std::string& text) { return json_page({{"ok", true}, {"text", text}}); }

std::string findings_json(const plan::Inspection& inspection) {
  return json_page(
      {{"ok", inspection.is_clean()}, {"findings", findings_list(inspection.findings)}});
}

std::string online_json(const plan::Inspection& inspection, const run::ClusterAnswer& answer) {
  return json_page({{"ok", inspection.is_clean()},
                    {"findings", findings_list(inspection.findings)},
                    {"start", answer.start},
                    {"not_looked_at", list_of(answer.not_looked_at)}});
}

std::string online_error_json(const run::PinFailure& failure, const run::ClusterAnswer& answer) {
  return json_page({{"ok", false},
                    {"exit_code", static_cast<int>(failure.code)},
                    {"error", failure.error.what},
                    {"next", failure.error.hint},
                    {"not_looked_at", list_of(answer.not_looked_at)}});
}

std::string render_json(const std::vector<Finding>& findings, const plan::Plan& plan,
                        const std::string& script) {
  return json_page({{"ok", true},
                    {"findings", findings_list(findings)},
                    {"plan", plan::plan_object(plan)},
                    {"script", script}});
}

std::string rendered_json(const run::RunFolder& folder) {
  return json_page({{"folder", folder.path()},
                    {"script", folder.is_local() ? folder.local_script() : folder.script()}});
}

std::string submission_json(const run::Submission& submission, const std::string& image,
                            const std::vector<run::NotLookedAt>& not_looked_at) {
  return json_page({{"run", submission.folder.id()},
                    {"folder", submission.folder.path()},
                    {"job", submission.job},
                    {"local", submission.folder.is_local()},
                    {"image", image},
                    {"not_looked_at", list_of(not_looked_at)}});
}

std::string ending_json(const run::Submission& submission, const follow::Ending& ending) {
  Json json{{"run", submission.folder.id()}, {"folder", submission.folder.path()},
            {"job", submission.job},         {"ok", ending.code == run::ExitCode::done},
            {"sentence", ending.sentence},   {"state", ending.state}};
  json.update(record_object(ending.record));
  return json_page(json);
}

std::string status_json(const run::Submission& submission, const follow::RunStatus& status,
                        const follow::RunMetrics& metrics) {
  // Each name occurs once, and there may be many: looking each up takes the square of their number.
  Json::object_t values, tags;
  for (const auto& metric : metrics.metrics) {
    values.emplace_back(metric.name, parse_ordered_json(metric.value));
  }
  for (const auto& [name, value] : metrics.tags) tags.emplace_back(name, value);
  auto json = status_object(submission, status);
  json.update({{"metrics", std::move(values)}, {"tags", std::move(tags)}});
  return json_page(json);
}

std::string runs_json(const std::vector<ListedRun>& runs) {
  auto list = Json::array();
  for (const auto& run : runs) {
    if (run.submission && run.status) {
      list.push_back(status_object(*run.submission, *run.status));
      continue;
    }
    const run::RunFolder folder(run.folder);
    list.push_back({{"run", folder.id()},
                    {"folder", folder.path()},
                    {"job", run.submission ? Json(run.submission->job) : Json(nullptr)},
                    {"phase", "unknown"},
                    {"sentence", run.why_unknown}});
  }
  return json_page(list);
}

std::string output_json(const run::Submission& submission, const std::vector<std::string>& files) {
  return json_page({{"run", submission.folder.id()},
                    {"folder", submission.folder.path()},
                    {"job", submission.job},
                    {"files", files}});
}

std::string cancelled_json(const run::Submission& submission) {
  return json_page({{"ok", true},
                    {"run", submission.folder.id()},
                    {"folder", submission.folder.path()},
                    {"job", submission.job}});
}

std::string draft_json(const std::string& file, const std::string& text,
                       const plan::Inspection& inspection) {
  return json_page({{"ok", true},
                    {"file", file},
                    {"estimator", text},
                    {"findings", findings_list(inspection.findings)}});
}

std::string keys_json(const std::vector<input::ListedKey>& keys,
                      const std::optional<input::Documents>& documents) {
  auto list = Json::array();
  for (const auto& key : keys) {
    const auto* words = std::get_if<input::InWords>(&key.info.fallback);
    Json json{{"key", key.full_name()},
              {"type", toml::words(key.info.kind)},
              {"unit", key.info.unit},
              {"default", default_json(key.info.fallback)},
              {"default_in_words", words ? words->text : ""},
              {"example", key.info.example},
              {"set_by", input::setters(key.info.set_by)},
              {"deprecated_for", key.info.newer},
              {"sentence", key.info.sentence}};
    if (documents) json["values"] = values(key, *documents);
    list.push_back(std::move(json));
  }
  return json_page(list);
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
  return json_page(list);
}

std::string estimator_schema() {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "chainer-submit estimator"},
              {"type", "object"},
              {"additionalProperties", false},
              {"properties", Json::object()}};
  for (const auto& [section, info] : input::all_keys()) {
    auto& table = table_of(schema, section);
    table["additionalProperties"] = false;
    table["properties"][std::string(info.name)] = value_schema(info);
    // A pattern, so that editors do not offer the key twice.
    if (section.empty()) {
      table["patternProperties"][fmt::format("^_{}$", info.name)] = {
          {"$ref", fmt::format("#/properties/{}", info.name)}};
    }
  }
  return json_page(schema);
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
  return json_page(schema);
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
  return json_page({{"ok", true}, {"file", file}, {"values", list}});
}

}  // namespace chainer::cli
