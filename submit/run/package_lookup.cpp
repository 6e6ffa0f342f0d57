#include "submit/run/package_lookup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/beside_this_program.hpp"
#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/printable.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/run/passed_file.hpp"

namespace chainer::run {
namespace {

constexpr const char* hint = "the run would fail where its environment is made";

/// The element of pip_packages that holds the requirement; else the key that names the
/// requirements; else the file as a whole, for the framework's own.
toml::Place place_of(const std::string& requirement, const input::Estimator& estimator) {
  if (estimator.pip_packages) {
    const auto& packages = estimator.pip_packages->value;
    const auto found = std::ranges::find(packages, requirement, &toml::Located<std::string>::value);
    if (found != packages.end()) return found->place;
  }
  if (estimator.pip_requirements_file) return estimator.pip_requirements_file->place;
  if (estimator.pip_requirements_file_path) return estimator.pip_requirements_file_path->place;
  return estimator.pip_packages ? estimator.pip_packages->place : estimator.whole;
}

/// Reads chainer-node's answer as warnings; false when it is not an answer.
bool read_answer(const std::string& answer, const input::Estimator& estimator,
                 toml::Report& report) {
  const auto document = parse_json(answer);
  const auto unmet = document.is_object() ? document.find("unmet") : document.end();
  if (!document.is_object() || unmet == document.end() || !unmet->is_array()) return false;
  for (const auto& one : *unmet) {
    if (!one.is_object()) continue;
    const auto requirement = string_member(one, "requirement");
    const auto what = requirement.empty()
                          ? "the packages cannot be installed together"
                          : "the package index cannot meet " + printable(requirement);
    report.warning(place_of(requirement, estimator),
                   fmt::format("{}: {}", what, printable(string_member(one, "reason"))), hint);
  }
  return true;
}

/// What a program said about its failure, in one line.
std::string cause_of(const Finished& finished) {
  constexpr std::string_view head = "chainer: ";
  auto line = finished.err.substr(0, finished.err.find('\n'));
  if (line.starts_with(head)) line.erase(0, head.size());
  return line.empty() ? fmt::format("chainer-node ended with exit code {}", finished.code)
                      : printable(line);
}

/// The site's package indexes are asked where the shell names none, as in the job.
std::vector<std::string> environment_of_job(const input::SiteEnvironment& shell) {
  auto environment = own_environment();
  for (const auto& [name, value] : shell.set) {
    const auto head = name + "=";
    const bool is_set = std::ranges::any_of(
        environment, [&](const std::string& variable) { return variable.starts_with(head); });
    if (!is_set) environment.push_back(head + value);
  }
  return environment;
}

void ask(const plan::Plan& plan, const input::Estimator& estimator, const std::string& chainer_node,
         const std::string& tools, ProcessRunner& processes, toml::Report& report) {
  const auto file = PassedFile::with(plan.requirements);
  const auto finished = file ? processes.run({chainer_node, "resolve", "--json", "--requirements",
                                              file->path(), "--tools", tools},
                                             environment_of_job(plan.shell))
                             : Result<Finished>(file.error());
  if (finished && read_answer(finished->out, estimator, report)) return;
  report.warning(estimator.whole,
                 fmt::format("nobody looked whether the packages exist: {}",
                             finished ? cause_of(*finished) : finished.error().what));
}

}  // namespace

bool wants_package_lookup(const input::Estimator& estimator) {
  const auto& given = estimator.show_package_warnings;
  return given
             ? given->value
             : input::default_of(input::estimator_keys(), &input::Estimator::show_package_warnings);
}

std::string find_tools() {
  const auto uv = find_beside_this_program("uv", {"../libexec/chainer/tools", "../tools"});
  const auto slash = uv.rfind('/');
  return slash == std::string::npos ? "" : uv.substr(0, slash);
}

void look_packages_up(plan::Inspection& inspection, const std::string& chainer_node,
                      const std::string& tools, ProcessRunner& processes) {
  if (!inspection.plan || inspection.plan->requirements.empty()) return;
  toml::Report report;
  ask(*inspection.plan, *inspection.estimator, chainer_node, tools, processes, report);
  const auto found = report.sorted();
  auto& all = inspection.findings;
  all.insert(all.end(), found.begin(), found.end());
  sort_by_position(all);
}

}  // namespace chainer::run
