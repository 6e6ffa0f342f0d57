#include "submit/cli/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chainer::cli {
namespace {

std::string type_and_unit(const input::KeyInfo& info) {
  return info.unit.empty() ? std::string(info.type) : fmt::format("{} ({})", info.type, info.unit);
}

std::string standing(const input::KeyInfo& info) {
  if (info.support == input::Support::later) return "not yet";
  return info.newer.empty() ? "yes" : "deprecated";
}

std::string_view heading(std::string_view section) {
  if (section == "slurm") return "## [slurm]\n\nWhat only Slurm knows of.\n";
  if (section == "run") return "## [run]\n\nWhat the run is called, and how it is treated.\n";
  if (section == "image_registry_details") return "## image_registry_details\n";
  if (section == "environment_definition") return "## environment_definition\n";
  if (section == "environment_definition.docker") return "## environment_definition.docker\n";
  if (section == "environment_definition.python") return "## environment_definition.python\n";
  if (section == "inputs") return "## [[inputs]]\n\nOne table for each.\n";
  if (section == "distributed_training") return "## distributed_training\n";
  return "## Parameters\n";
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
    "site file. A key that this version does not read yet is refused by name.\n";

}  // namespace

std::string explain(const input::ListedKey& key) {
  const auto& info = key.info;
  auto text =
      fmt::format("{}\n  {}\n  type:    {}\n", key.full_name(), info.sentence, type_and_unit(info));
  if (!info.fallback.empty()) text += fmt::format("  default: {}\n", info.fallback);
  text += fmt::format("  set by:  {}\n", input::setters(info.set_by));
  if (!info.newer.empty()) text += fmt::format("  deprecated: write {} instead\n", info.newer);
  if (info.support == input::Support::later) text += "  not supported yet in this version\n";
  return text;
}

std::string explain_all() {
  const auto keys = input::all_keys();
  std::size_t width = 0;
  for (const auto& key : keys) width = std::max(width, key.full_name().size());
  std::string text;
  for (const auto& key : keys) {
    text += fmt::format("{:<{}}  {}{}\n", key.full_name(), width, key.info.sentence,
                        key.info.support == input::Support::later ? " (not yet)" : "");
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
          "\n{}\n| key | type | default | set by | works | |\n|---|---|---|---|---|---|\n",
          heading(section));
    }
    const auto& info = key.info;
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", info.name, type_and_unit(info),
                        info.fallback, input::setters(info.set_by), standing(info), info.sentence);
  }
  return text;
}

}  // namespace chainer::cli
