#include "submit/cli/check_command.hpp"

#include <fmt/format.h>

#include "core/printable.hpp"
#include "submit/cli/answer.hpp"
#include "submit/cli/image_question.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/run/image_look.hpp"
#include "submit/run/online_check.hpp"
#include "submit/run/package_lookup.hpp"
#include "submit/run/passed_file.hpp"
#include "submit/run/registry_credentials.hpp"
#include "submit/run/script_lint.hpp"
#include "submit/run/template_syntax.hpp"

namespace chainer::cli {
namespace {

/// Slurm and the registry may both be out of reach; then both are named.
void add_failure(const run::PinFailure& failure, run::ClusterAnswer& answer) {
  if (!answer.failure) {
    answer.failure = failure;
    return;
  }
  auto& both = *answer.failure;
  both.error.what += "; " + failure.error.what;
  if (failure.code != run::ExitCode::try_again) both.code = failure.code;
}

/// Whether the image holds what the run needs of it.
void look_inside(const plan::Inspection& inspection, const std::string& image,
                 const std::string& credentials, const run::Services& services,
                 run::Console& console, run::ClusterAnswer& answer) {
  if (credentials.empty())
    return run::look_into_image(inspection, image, {}, services, console, answer);
  const auto passed = run::PassedFile::with(credentials);
  if (!passed) return answer.not_looked_at.push_back({"what the image holds", passed.error().what});
  run::look_into_image(inspection, image, passed->path(), services, console, answer);
}

/// Asks the registry whether the image exists and this person may pull it, and looks into it.
void ask_registry(const plan::Inspection& inspection, const run::Services& services,
                  run::Console& console, run::ClusterAnswer& answer) {
  const auto& plan = *inspection.plan;
  if (answer.is_interrupted || !plan::reference_of(plan.image)) return;
  const auto credentials = run::read_credentials(plan, run::own_environment());
  if (!credentials) {
    answer.not_looked_at.push_back({"the image", credentials.error().what});
    add_failure({run::exit_code_of(credentials.error().fault), credentials.error()}, answer);
    return;
  }
  const auto pinned = pin_planned_image(plan, *credentials, services);
  if (!services.pause.wait(std::chrono::milliseconds(0))) answer.is_interrupted = true;
  if (const auto* failure = std::get_if<run::PinFailure>(&pinned)) {
    auto finding = finding_of(*failure, *inspection.estimator);
    if (finding)
      answer.findings.push_back(*std::move(finding));
    else
      add_failure(*failure, answer);
    return;
  }
  const auto& found = std::get<run::PinAnswer>(pinned);
  if (auto finding = finding_of(found, inspection)) answer.findings.push_back(*std::move(finding));
  look_inside(inspection, plan::text_of(found.image), *credentials, services, console, answer);
}

void show_not_looked_at(const run::ClusterAnswer& answer, run::Console& console) {
  for (const auto& [what, why] : answer.not_looked_at) {
    console.err(fmt::format("chainer-submit: not looked at: {}: {}\n", what, printable(why)));
  }
}

run::ExitCode show_failure(const CommandLine& line, const run::ClusterAnswer& answer,
                           const run::PinFailure& failure, run::Console& console) {
  console.err(fmt::format("chainer-submit: {}\n", printable_lines(failure.error.what)));
  if (!failure.error.hint.empty())
    console.err(fmt::format("next: {}\n", printable(failure.error.hint)));
  if (line.format == Format::json) console.out(online_error_json(failure, answer));
  return failure.code;
}

run::ExitCode check_online(const CommandLine& line, const Surroundings& surroundings,
                           plan::Inspection& inspection, const run::Services& services,
                           run::Console& console) {
  run::ClusterAnswer answer;
  if (!inspection.plan->is_local) {
    answer = run::ask_cluster(inspection, surroundings.user, run::Depth::whole, services, console);
  }
  ask_registry(inspection, services, console, answer);
  if (answer.is_interrupted) {
    console.err("chainer-submit: interrupted: not everything was looked at\n");
    return run::ExitCode::interrupted;
  }
  // What the files showed has been printed already.
  auto found = inspection;
  found.findings = answer.findings;
  sort_by_position(found.findings);
  console.err(plan::render(found, console.colour()));
  show_not_looked_at(answer, console);
  const bool is_wrong = answer.is_wrong();
  if (is_wrong) found.plan.reset();
  if (!is_wrong && answer.failure) return show_failure(line, answer, *answer.failure, console);
  found.findings.insert(found.findings.begin(), inspection.findings.begin(),
                        inspection.findings.end());
  sort_by_position(found.findings);
  if (line.format == Format::json) {
    console.out(online_json(found, answer));
  } else if (!is_wrong) {
    console.out(fmt::format("{}: ok\n", line.file));
    if (!answer.start.empty()) {
      console.out(fmt::format("Slurm would start it at {}\n", answer.start));
    }
  }
  return is_wrong ? run::ExitCode::wrong_input : run::ExitCode::done;
}

}  // namespace

run::ExitCode check_estimator(const CommandLine& line, const Surroundings& surroundings,
                              const run::Services& services, run::Console& console) {
  auto inspection = plan::inspect(request_of(line, surroundings));
  run::check_template_syntax(inspection, services.processes);
  run::lint_scripts(inspection, run::find_ruff(), services.processes);
  if (line.online && inspection.is_clean()) {
    run::look_packages_up(inspection, run::find_chainer_node(), run::find_tools(),
                          services.processes);
  }
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return run::ExitCode::wrong_input;
  if (line.online) return check_online(line, surroundings, inspection, services, console);
  console.out(line.format == Format::json ? findings_json(inspection)
                                          : fmt::format("{}: ok\n", line.file));
  return run::ExitCode::done;
}

}  // namespace chainer::cli
