#include "submit/cli/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/printable.hpp"
#include "submit/input/defaults.hpp"

namespace chainer::cli {
namespace {

std::string standing(const input::KeyInfo& info) {
  return info.newer.empty() ? "yes" : "deprecated";
}

/// The heading of a section's table.
std::string heading(std::string_view section) {
  if (section.empty()) return "## Parameters\n";
  const auto table = input::find_key(section);
  const bool is_repeated = table->info.kind == toml::ValueKind::tables;
  return fmt::format("## {}{}{}\n\n{}\n", is_repeated ? "[[" : "[", section,
                     is_repeated ? "]]" : "]", table->info.sentence);
}

/// A bar would end a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string written;
  for (const char c : text) written += c == '|' ? "\\|" : std::string(1, c);
  return written;
}

std::string code_cell(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("`{}`", cell(text));
}

std::string default_cell(const input::Default& fallback) {
  const auto text = input::text_of(fallback);
  return input::is_value(fallback) ? code_cell(text) : cell(text);
}

/// Who set a value, as the end of a line.
std::string origin(const input::KeyValue& value) {
  const auto& [file, at] = value.place;
  switch (value.said_by) {
    case input::SaidBy::file: return fmt::format("{}:{}:{}", file, at.line, at.column);
    case input::SaidBy::command_line: return fmt::format("--set number {}", at.line);
    case input::SaidBy::site:
      return fmt::format("the site's default, {} at {}:{}:{}", value.spelling, file, at.line,
                         at.column);
    case input::SaidBy::unread_site: return "the site's default, and the site file does not read";
    case input::SaidBy::this_machine: return "the default without a site file";
    case input::SaidBy::key: return "the key's default";
    case input::SaidBy::nobody: return "not given";
  }
  return "";
}

std::size_t longest_name() {
  std::size_t width = 0;
  for (const auto& key : input::all_keys()) width = std::max(width, key.full_name().size());
  return width;
}

std::string value_and_origin(const std::string& name, const input::KeyValue& value) {
  auto text = printable(value.text);
  if (!text.empty()) text += ", ";
  text += printable(origin(value));
  if (!value.spelling.empty() && value.spelling != name && value.said_by != input::SaidBy::site) {
    text += fmt::format(", as {}", value.spelling);
  }
  return text;
}

constexpr std::string_view page_head =
    "# The estimator\n"
    "\n"
    "<!-- Written from submit/input/key_table.cpp by its test: UPDATE_GOLDEN=1 writes it again. "
    "-->\n"
    "\n"
    "An estimator is a TOML file. A leading underscore of a key is optional. A size is "
    "`<n>[b,k,m,g]` in units of\n"
    "1024. *Set by* says where a value may come from besides the file: `--set KEY=VALUE`, or a "
    "default of the\n"
    "site file.\n"
    "\n"
    "`chainer-submit explain KEY --in FILE` shows what a key is in a file and who says so; "
    "chainer-estimator(5) is\n"
    "this page as a manual. Editors that know TOML (taplo, Even Better TOML) complete and check "
    "the "
    "keys when the\n"
    "first line names the schema, `#:schema /usr/share/chainer/estimator.schema.json`, or a file "
    "that\n"
    "`chainer-submit schema` wrote.\n";

}  // namespace

std::string type_and_unit(const input::KeyInfo& info) {
  std::string text(toml::words(info.kind));
  if (!info.unit.empty()) text += fmt::format(" ({})", info.unit);
  return text;
}

std::string example_line(const input::ListedKey& key) {
  auto line = fmt::format("{} = {}", key.info.name, key.info.example);
  if (key.section.empty()) return line;
  const auto table = input::find_key(key.section);
  const bool is_repeated = table && table->info.kind == toml::ValueKind::tables;
  return is_repeated ? fmt::format("{} = [{{ {} }}]", key.section, line)
                     : fmt::format("{}.{}", key.section, line);
}

std::string explain(const input::ListedKey& key) {
  const auto& info = key.info;
  auto text =
      fmt::format("{}\n  {}\n  type:    {}\n", key.full_name(), info.sentence, type_and_unit(info));
  const auto fallback = input::text_of(info.fallback);
  if (!fallback.empty()) text += fmt::format("  default: {}\n", fallback);
  text += fmt::format("  set by:  {}\n", input::setters(info.set_by));
  if (!info.example.empty()) text += fmt::format("  example: {}\n", example_line(key));
  if (!info.newer.empty()) text += fmt::format("  deprecated: write {} instead\n", info.newer);
  return text;
}

std::string explain(const input::ListedKey& key, const input::Documents& documents) {
  auto text = explain(key);
  for (const auto& value : input::values_of(key, documents)) {
    text += fmt::format("  value:   {}\n", value_and_origin(key.full_name(), value));
  }
  return text;
}

std::string explain_all() {
  const auto width = longest_name();
  std::string text;
  for (const auto& key : input::all_keys()) {
    text += fmt::format("{:<{}}  {}\n", key.full_name(), width, key.info.sentence);
  }
  return text;
}

std::string explain_all(const input::Documents& documents) {
  const auto width = longest_name();
  std::string text;
  for (const auto& key : input::all_keys()) {
    for (const auto& value : input::values_of(key, documents)) {
      text += fmt::format("{:<{}}  {}\n", key.full_name(), width,
                          value_and_origin(key.full_name(), value));
    }
  }
  return text;
}

std::string reference_page() {
  std::string text(page_head);
  std::string_view section = "-";
  for (const auto& key : input::all_keys()) {
    if (key.section != section) {
      section = key.section;
      text += fmt::format(
          "\n{}\n| key | type | default | example | set by | works | |\n"
          "|---|---|---|---|---|---|---|\n",
          heading(section));
    }
    const auto& info = key.info;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", info.name, type_and_unit(info),
                        default_cell(info.fallback), code_cell(info.example),
                        input::setters(info.set_by), standing(info), cell(info.sentence));
  }
  return text;
}

}  // namespace chainer::cli
