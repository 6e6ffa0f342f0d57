#include "submit/cli/manual.hpp"

#include <fmt/format.h>

#include "core/manual_page.hpp"
#include "submit/cli/command_line.hpp"
#include "submit/cli/explanation.hpp"
#include "submit/cli/program_help.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/site_keys.hpp"

namespace chainer::cli {
namespace {

constexpr std::string_view page_source = "submit/cli/manual.cpp, by its test";

constexpr std::string_view example_estimator =
    "entry_script = \"train.py\"\n"
    "compute_target = \"cluster\"\n"
    "node_count = 2\n"
    "distributed_training = { type = \"mpi\", process_count_per_node = 2 }\n"
    "framework_version = \"7.8.1\"\n"
    "pip_packages = [\"scikit-learn==1.2.2\"]\n"
    "\n"
    "[script_params]\n"
    "\"--epochs\" = 15\n"
    "\n"
    "[run]\n"
    "name = \"digits\"\n";

constexpr std::string_view example_site =
    "runs = \"/shared/runs\"\n"
    "recipes = \"/etc/chainer/recipes\"\n"
    "\n"
    "[images]\n"
    "cpu = \"docker://registry.example.org/base:1\"\n"
    "\n"
    "[limits]\n"
    "nodes = 16\n"
    "run_duration_seconds = 86_400\n"
    "\n"
    "[node_types.small]\n"
    "cpus = 16\n"
    "memory = \"64g\"\n"
    "\n"
    "[compute_targets.cluster]\n"
    "node_type = \"small\"\n"
    "partition = \"all\"\n";

std::string sentence_begun(std::string_view text) {
  std::string sentence(text);
  if (sentence[0] >= 'a' && sentence[0] <= 'z')
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence;
}

void write_examples(ManualPage& page) {
  page.section("EXAMPLES");
  for (const auto& example : examples())
    page.paragraph(sentence_begun(example.sentence) + ":").lines(example.command);
}

void write_key(ManualPage& page, const input::ListedKey& key) {
  const auto& info = key.info;
  page.entry(key.full_name(), info.sentence);
  page.detail(fmt::format("Type: {}.", type_and_unit(info)));
  const auto fallback = input::text_of(info.fallback);
  if (!fallback.empty()) page.detail(fmt::format("Default: {}.", fallback));
}

void write_estimator_key(ManualPage& page, const input::ListedKey& key) {
  const auto& info = key.info;
  write_key(page, key);
  page.detail(fmt::format("Set by: {}.", input::setters(info.set_by)));
  if (!info.newer.empty()) page.detail(fmt::format("Deprecated: write {}.", info.newer));
  if (!info.example.empty()) page.detail("Example: " + example_line(key));
}

void write_estimator_keys(ManualPage& page) {
  std::string_view current = "-";
  for (const auto& key : input::all_keys()) {
    if (key.section != current) {
      current = key.section;
      page.section(current.empty() ? "KEYS" : fmt::format("KEYS OF {}", current));
    }
    write_estimator_key(page, key);
  }
}

void write_site_keys(ManualPage& page) {
  std::string_view current = "-";
  for (const auto& key : input::all_site_keys()) {
    if (key.section != current) {
      current = key.section;
      page.section(current.empty() ? "KEYS" : fmt::format("KEYS OF [{}]", current));
      const auto sentence = input::sentence_of_site_table(current);
      if (!sentence.empty()) page.paragraph(sentence);
    }
    write_key(page, key);
  }
}

}  // namespace

std::string command_manual() {
  const auto commands = describe_commands();
  ManualPage page(
      {"chainer-submit", 1, "User Commands", "run an estimator as a Slurm job", page_source});
  page.section("SYNOPSIS").usage("chainer-submit", {"[OPTION...]", "FILE"});
  write_usage(page, "chainer-submit", commands);
  page.section("DESCRIPTION").paragraph(program_sentence);
  page.paragraph(
      "An estimator is a TOML file that says what is to run, on how many nodes, in which image and "
      "with which packages; chainer-estimator(5) describes its keys. A file alone is submitted.");
  write_commands(page, commands);
  write_examples(page);
  page.section("FILES");
  page.entry("/etc/chainer/site.toml",
             "What an administrator says of the site, unless --site or CHAINER_SUBMIT_SITE names "
             "another file: chainer-site(5).");
  page.section("ENVIRONMENT");
  page.entry("CHAINER_SUBMIT_SITE", "The site file, unless --site names one.");
  page.entry("NO_COLOR", "Findings have no colours when this is set and not empty.");
  page.section("EXIT STATUS");
  for (const auto& status : exit_statuses())
    page.entry(std::to_string(status.code), sentence_begun(status.meaning) + ".");
  page.see_also({"chainer-estimator(5)", "chainer-site(5)", "spank_chainer(8)", "sbatch(1)"});
  return page.text();
}

std::string estimator_manual() {
  ManualPage page({"chainer-estimator", 5, "File Formats", "what chainer-submit is to run, and how",
                   page_source});
  page.section("DESCRIPTION");
  page.paragraph(
      "An estimator is a TOML file. A leading underscore of a key makes no difference. A size is a "
      "whole number followed by b, k, m or g, in units of 1024. A path that is not absolute starts "
      "at the estimator's own folder.");
  page.paragraph(
      "\"Set by\" says where a value may come from besides the file: from --set KEY=VALUE, or from "
      "the site file.");
  write_estimator_keys(page);
  page.section("EXAMPLES");
  page.paragraph("A script on two nodes, two processes on each:").lines(example_estimator);
  page.see_also({"chainer-submit(1)", "chainer-site(5)"});
  return page.text();
}

std::string site_manual() {
  ManualPage page(
      {"chainer-site", 5, "File Formats", "what chainer-submit knows of a site", page_source});
  page.section("DESCRIPTION");
  page.paragraph(
      "The site file is TOML: the one that --site names, else CHAINER_SUBMIT_SITE, else "
      "/etc/chainer/site.toml. Nobody but its owner may write it. A size is a whole number "
      "followed "
      "by b, k, m or g, in units of 1024.");
  page.paragraph(
      "chainer-submit site init writes one from what Slurm says, site show says what is in force "
      "and where it comes from, and doctor holds it against the cluster. What is wrong in it, "
      "check "
      "names as well, all of it at once.");
  write_site_keys(page);
  page.section("EXAMPLES");
  page.paragraph("A cluster of one kind of node:").lines(example_site);
  page.see_also({"chainer-submit(1)", "chainer-estimator(5)", "chainer-plugin.conf(5)"});
  return page.text();
}

}  // namespace chainer::cli
