#include "submit/run/script_lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/beside_this_program.hpp"
#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/take_part.hpp"
#include "core/text_file.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/plan/script_traps.hpp"

namespace chainer::run {
namespace {

/// What cannot run at all: syntax errors, comparisons and statements that never do what they say,
/// undefined names.
constexpr const char* rules = "E9,F63,F7,F82";
constexpr const char* syntax_errors = "E9";
constexpr const char* newest_python = "py314";  // what an image has is known on the node alone
constexpr int found_something = 1;

bool flag(const input::Given<bool>& given, input::Given<bool> input::Estimator::*member) {
  return given ? given->value : input::default_of(input::estimator_keys(), member);
}

/// Asking to see what the lint finds also asks for the lint, unless the estimator says otherwise.
bool is_asked_for(const input::Estimator& estimator) {
  return !flag(estimator.disable_validation, &input::Estimator::disable_validation) ||
         (!estimator.disable_validation &&
          flag(estimator.show_lint_warnings, &input::Estimator::show_lint_warnings));
}

/// A script as findings name it.
std::string shown(const plan::SourceTree& source, const std::string& path) {
  return source.shown.empty() || source.shown == "." ? path : source.shown + "/" + path;
}

std::vector<std::string> scripts_of(const plan::SourceTree& source) {
  std::vector<std::string> scripts;
  for (const auto& file : source.files) {
    if (file.path.ends_with(".py")) scripts.push_back(file.path);
  }
  return scripts;
}

toml::Place place_of(const nlohmann::json& finding, const plan::SourceTree& source) {
  const auto& at = object_member(finding, "location");
  const auto count = [&at](const char* name) {
    return static_cast<std::uint32_t>(number_member(at, name).value_or(0));
  };
  auto path = string_member(finding, "filename");
  if (path.starts_with(source.folder + "/")) path.erase(0, source.folder.size() + 1);
  return {shown(source, path), {count("row"), count("column")}};
}

/// Reads ruff's answer as findings; false when it is not an answer.
bool read_answer(const std::string& answer, const plan::SourceTree& source, toml::Report& report) {
  const auto findings = parse_json(answer);
  if (!findings.is_array()) return false;
  for (const auto& finding : findings) {
    const auto code = string_member(finding, "code");
    report.warning(place_of(finding, source), string_member(finding, "message") +
                                                  (code.empty() ? "" : fmt::format(" ({})", code)));
  }
  return true;
}

Result<Finished> run_ruff(const std::string& ruff, const char* selected,
                          const plan::SourceTree& source, const std::vector<std::string>& scripts,
                          ProcessRunner& processes) {
  std::vector<std::string> question{
      ruff,       "check",  "--isolated",       "--no-cache",  "--output-format", "json",
      "--select", selected, "--target-version", newest_python, "--quiet",         "--"};
  for (const auto& script : scripts) question.push_back(source.folder + "/" + script);
  auto environment = own_environment();
  std::erase_if(environment, [](const std::string& one) { return one.starts_with("RUFF_"); });
  return processes.run(question, environment);
}

void ask_ruff(const std::string& ruff, const plan::SourceTree& source, const toml::Place& place,
              ProcessRunner& processes, toml::Report& report) {
  const auto scripts = scripts_of(source);
  if (scripts.empty()) return;
  const auto finished = run_ruff(ruff, rules, source, scripts, processes);
  if (finished && finished->code <= found_something && read_answer(finished->out, source, report)) {
    return;
  }
  report.warning(
      place,
      fmt::format(
          "ruff did not look at the scripts: {}",
          finished ? finished->err.substr(0, finished->err.find('\n')) : finished.error().what),
      "packaging/make-tools puts ruff into the tools folder; Chainer's own traps are looked "
      "for without it");
}

void look_for_traps(plan::Inspection& inspection, toml::Report& report) {
  const auto& source = inspection.plan->source;
  for (const auto& script : scripts_of(source)) {
    auto text = read_text_file(source.folder + "/" + script);
    if (!text) continue;  // the snapshot says so
    plan::find_traps(*text, shown(source, script), *inspection.plan, report);
    inspection.texts.emplace(shown(source, script), *std::move(text));
  }
}

/// Where the estimator asks for the lint.
toml::Report lint_all(plan::Inspection& inspection, const std::string& ruff,
                      ProcessRunner& processes) {
  const auto& estimator = *inspection.estimator;
  const auto& place = estimator.disable_validation   ? estimator.disable_validation->place
                      : estimator.show_lint_warnings ? estimator.show_lint_warnings->place
                                                     : estimator.whole;
  toml::Report found;
  look_for_traps(inspection, found);
  ask_ruff(ruff, inspection.plan->source, place, processes, found);
  const auto count = found.sorted().size();
  if (count == 0 || flag(estimator.show_lint_warnings, &input::Estimator::show_lint_warnings))
    return found;
  toml::Report summary;
  summary.warning(
      place,
      fmt::format("the lint finds {} in the scripts",
                  count == 1 ? std::string("one thing") : fmt::format("{} things", count)),
      "show_lint_warnings = true shows them");
  return summary;
}

/// A link may lead to something without an end, of which ruff reads all.
bool is_no_longer_than_a_script(const std::string& path) {
  constexpr std::uintmax_t longest_script = std::uintmax_t{16} << 20;
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown) &&
         std::filesystem::file_size(path, unknown) <= longest_script;
}

/// Whether one of the first two lines names another encoding than UTF-8. Python reads such a
/// script, and ruff does not.
bool names_other_encoding(std::string_view script) {
  for (int line = 0; line < 2 && !script.empty(); ++line) {
    const auto text = take_line(script);
    const auto coding = text.find("coding");
    if (coding == text.npos || text.find('#') > coding) continue;
    auto named = text.substr(coding + std::string_view("coding").size());
    if (!named.starts_with(':') && !named.starts_with('=')) continue;
    named.remove_prefix(std::min(named.find_first_not_of(":= \t"), named.size()));
    return !named.starts_with("utf") && !named.starts_with("UTF");
  }
  return false;
}

/// What stops Python before the script's first line. Without ruff nobody looks, and nobody asked.
toml::Report check_entry_script(plan::Inspection& inspection, const std::string& ruff,
                                ProcessRunner& processes) {
  const auto& source = inspection.plan->source;
  const auto& script = inspection.plan->entry_script;
  if (!is_no_longer_than_a_script(source.folder + "/" + script)) return {};
  const auto finished = run_ruff(ruff, syntax_errors, source, {script}, processes);
  const auto findings = finished ? parse_json(finished->out) : nlohmann::json();
  toml::Report found;
  if (!findings.is_array() || findings.empty()) return found;
  auto text = read_text_file(source.folder + "/" + script);
  if (text && names_other_encoding(*text)) return found;
  found.warning(place_of(findings[0], source),
                "Python cannot read the script: " + string_member(findings[0], "message"),
                "disable_validation = true keeps this from being looked at");
  if (text) inspection.texts.emplace(shown(source, script), *std::move(text));
  return found;
}

}  // namespace

std::string find_ruff() {
  return find_beside_this_program("ruff", {"../libexec/chainer/tools", "../tools"});
}

void lint_scripts(plan::Inspection& inspection, const std::string& ruff, ProcessRunner& processes) {
  if (!inspection.plan) return;
  const auto& estimator = *inspection.estimator;
  toml::Report found;
  if (is_asked_for(estimator))
    found = lint_all(inspection, ruff, processes);
  else if (!estimator.disable_validation)
    found = check_entry_script(inspection, ruff, processes);
  const auto findings = found.sorted();
  auto& all = inspection.findings;
  all.insert(all.end(), findings.begin(), findings.end());
  sort_by_position(all);
}

}  // namespace chainer::run
