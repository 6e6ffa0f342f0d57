#include "submit/run/script_lint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/beside_this_program.hpp"
#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/text_file.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/plan/script_traps.hpp"

namespace chainer::run {
namespace {

/// What cannot run at all: syntax errors, comparisons and statements that never do what they say,
/// undefined names.
constexpr const char* rules = "E9,F63,F7,F82";
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

/// Reads ruff's answer as findings; false when it is not an answer.
bool read_answer(const std::string& answer, const plan::SourceTree& source, toml::Report& report) {
  const auto findings = parse_json(answer);
  if (!findings.is_array()) return false;
  for (const auto& finding : findings) {
    const auto text = [&](const char* key) { return string_member(finding, key); };
    const auto at = finding.value("location", nlohmann::json::object());
    auto path = text("filename");
    if (path.starts_with(source.folder + "/")) path.erase(0, source.folder.size() + 1);
    const auto code = text("code");
    report.warning({shown(source, path), {at.value("row", 0U), at.value("column", 0U)}},
                   text("message") + (code.empty() ? "" : fmt::format(" ({})", code)));
  }
  return true;
}

void ask_ruff(const std::string& ruff, const plan::SourceTree& source, const toml::Place& place,
              ProcessRunner& processes, toml::Report& report) {
  const auto scripts = scripts_of(source);
  if (scripts.empty()) return;
  std::vector<std::string> question{
      ruff,   "check",    "--isolated", "--no-cache", "--output-format",
      "json", "--select", rules,        "--quiet",    "--"};
  for (const auto& script : scripts) question.push_back(source.folder + "/" + script);
  auto environment = own_environment();
  std::erase_if(environment, [](const std::string& one) { return one.starts_with("RUFF_"); });
  const auto finished = processes.run(question, environment);
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

}  // namespace

std::string find_ruff() {
  return find_beside_this_program("ruff", {"../libexec/chainer/tools", "../tools"});
}

void lint_scripts(plan::Inspection& inspection, const std::string& ruff, ProcessRunner& processes) {
  if (!inspection.plan || !is_asked_for(*inspection.estimator)) return;
  const auto& estimator = *inspection.estimator;
  const auto& place = estimator.disable_validation   ? estimator.disable_validation->place
                      : estimator.show_lint_warnings ? estimator.show_lint_warnings->place
                                                     : estimator.whole;
  toml::Report found;
  look_for_traps(inspection, found);
  ask_ruff(ruff, inspection.plan->source, place, processes, found);
  auto findings = found.sorted();
  if (!findings.empty() &&
      !flag(estimator.show_lint_warnings, &input::Estimator::show_lint_warnings)) {
    toml::Report summary;
    summary.warning(place,
                    fmt::format("the lint finds {} in the scripts",
                                findings.size() == 1 ? std::string("one thing")
                                                     : fmt::format("{} things", findings.size())),
                    "show_lint_warnings = true shows them");
    findings = summary.sorted();
  }
  auto& all = inspection.findings;
  all.insert(all.end(), findings.begin(), findings.end());
  sort_by_position(all);
}

}  // namespace chainer::run
