#include "submit/cli/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <variant>

#include "core/printable.hpp"
#include "core/text_file.hpp"
#include "submit/cli/answer.hpp"
#include "submit/cli/check_command.hpp"
#include "submit/cli/completion_commands.hpp"
#include "submit/cli/doctor_command.hpp"
#include "submit/cli/draft_commands.hpp"
#include "submit/cli/explain_command.hpp"
#include "submit/cli/image_question.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/cli/named_run.hpp"
#include "submit/cli/probe_command.hpp"
#include "submit/cli/recipes_command.hpp"
#include "submit/cli/run_commands.hpp"
#include "submit/cli/run_list.hpp"
#include "submit/cli/run_output.hpp"
#include "submit/cli/site_init_command.hpp"
#include "submit/cli/site_page.hpp"
#include "submit/cli/target_list.hpp"
#include "submit/follow/follower.hpp"
#include "submit/input/recipe.hpp"
#include "submit/plan/inspection.hpp"
#include "submit/plan/plan_reader.hpp"
#include "submit/run/image_pin.hpp"
#include "submit/run/local_script.hpp"
#include "submit/run/online_check.hpp"
#include "submit/run/package_lookup.hpp"
#include "submit/run/quoting.hpp"
#include "submit/run/refusal.hpp"
#include "submit/run/registry_credentials.hpp"
#include "submit/run/run_folder.hpp"
#include "submit/run/script_lint.hpp"
#include "submit/run/submission.hpp"
#include "submit/run/template_syntax.hpp"

namespace chainer::cli {
namespace {

/// Shows what turned out to be wrong once more than the files was asked.
run::ExitCode show_found(const CommandLine& line, plan::Inspection& inspection,
                         std::vector<Finding> findings, run::Console& console) {
  inspection.findings = std::move(findings);
  inspection.plan.reset();
  show_findings(line, inspection, console);
  return run::ExitCode::wrong_input;
}

run::ExitCode show_pin_failure(const CommandLine& line, plan::Inspection& inspection,
                               const run::PinFailure& failure, run::Console& console) {
  if (auto finding = finding_of(failure, *inspection.estimator)) {
    return show_found(line, inspection, {*std::move(finding)}, console);
  }
  return show_error(line, failure.error, failure.code, console);
}

/// Asks the cluster what it answers in a moment. Unless this gives an exit code the job may be
/// sent: what a slow cluster does not answer, it will tell sbatch.
std::variant<std::vector<run::NotLookedAt>, run::ExitCode> look_before(
    const CommandLine& line, const Surroundings& surroundings, plan::Inspection& inspection,
    const run::Services& services, run::Console& console) {
  if (inspection.plan->is_local) return std::vector<run::NotLookedAt>{};  // Slurm has no part in it
  auto answer =
      run::ask_cluster(inspection, surroundings.user, run::Depth::quick, services, console);
  if (answer.is_interrupted) return run::ExitCode::interrupted;
  if (answer.is_wrong()) return show_found(line, inspection, std::move(answer.findings), console);
  if (answer.failure) {
    console.err(fmt::format("chainer-submit: the job is sent all the same: {}\n",
                            printable(answer.failure->error.what)));
  }
  return std::move(answer.not_looked_at);
}

void look_packages_up(plan::Inspection& inspection, const run::Services& services) {
  run::look_packages_up(inspection, run::find_chainer_node(), run::find_tools(),
                        services.processes);
}

run::ExitCode submit(const CommandLine& line, const Surroundings& surroundings,
                     const run::Services& services, run::Console& console) {
  const auto request = request_of(line, surroundings);
  auto inspection = plan::inspect(request);
  run::check_template_syntax(inspection, services.processes);
  run::lint_scripts(inspection, run::find_ruff(), services.processes);
  if (inspection.is_clean() && run::wants_package_lookup(*inspection.estimator))
    look_packages_up(inspection, services);
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return run::ExitCode::wrong_input;
  auto& plan = *inspection.plan;

  const auto credentials = run::read_credentials(plan, run::own_environment());
  if (!credentials) {
    return show_error(line, credentials.error(), run::exit_code_of(credentials.error().fault),
                      console);
  }
  // Whoever names a digest has said what is to run; the node asks for it when it needs it.
  if (std::holds_alternative<plan::TaggedImage>(plan.image)) {
    auto pinned = pin_planned_image(plan, *credentials, services);
    if (const auto* failure = std::get_if<run::PinFailure>(&pinned)) {
      return show_pin_failure(line, inspection, *failure, console);
    }
    const auto& found = std::get<run::PinAnswer>(pinned);
    if (auto finding = finding_of(found, inspection)) {
      auto remark = inspection;
      remark.findings = {*std::move(finding)};
      console.err(plan::render(remark, console.colour()));
    }
    plan.image = found.image;
  }
  const auto looked = look_before(line, surroundings, inspection, services, console);
  if (const auto* end = std::get_if<run::ExitCode>(&looked)) return *end;
  const auto& skipped = std::get<std::vector<run::NotLookedAt>>(looked);
  const auto runs = open_runs(*inspection.site, plan.runs, surroundings);
  if (!runs) return show_error(line, runs.error(), run::exit_code_of(runs.error().fault), console);
  run::settle_interrupted(*runs, services, console);
  run::drop_old_credentials(*runs, services);
  const auto answer = run::submit_run(plan, inspection.estimator_text(request), request, *runs,
                                      services, console, *credentials);
  if (const auto* failure = std::get_if<run::SubmitFailure>(&answer)) {
    const auto finding = failure->refused
                             ? run::finding_of_refusal(failure->refused->why, *inspection.estimator)
                             : std::nullopt;
    if (finding) return show_found(line, inspection, {*finding}, console);
    return show_error(line, failure->error, failure->code, console,
                      failure->folder ? &*failure->folder : nullptr);
  }

  const auto& submission = std::get<run::Submission>(answer);
  const auto& folder = submission.folder;
  const auto& job = submission.job;
  const bool is_local = folder.is_local();
  if (!submission.said.empty()) console.err(submission.said + "\n");
  if (line.follow) {
    console.err(fmt::format("chainer-submit: {} {}, {}\n", is_local ? "local run, process" : "job",
                            job, folder.path()));
    return follow_run(line, submission, services, console);
  }
  if (line.format == Format::json) {
    console.out(submission_json(submission, plan::text_of(plan.image), skipped));
  } else {
    console.out(fmt::format(
        "run     {}\nfolder  {}\njob     {}\nimage   {}\n{}"
        "next    chainer-submit follow {}   or   {}\n",
        folder.id(), folder.path(), is_local ? "local, process " + job : job,
        plan::reference_of(plan.image) ? plan::text_of(plan.image) : "none, the nodes' own system",
        skipped.empty() ? ""
                        : fmt::format("skipped {}: {}\n", skipped.back().what, skipped.back().why),
        folder.id(), is_local ? "chainer-submit cancel " + folder.id() : "scancel " + job));
  }
  return run::ExitCode::done;
}

run::ExitCode render_folder(const CommandLine& line, const Surroundings& surroundings,
                            const std::string& estimator_text, const plan::Plan& plan,
                            run::Console& console) {
  const auto path = surroundings.path_of(line.output);
  const auto credentials = run::read_credentials(plan, run::own_environment());
  if (!credentials) {
    return show_error(line, credentials.error(), run::exit_code_of(credentials.error().fault),
                      console);
  }
  const auto folder = run::render_run(plan, estimator_text, path, console, *credentials);
  if (!folder) {
    // Only with the folder that --output names can the fault be the user's.
    const auto fault = folder.error().fault;
    return show_error(line, folder.error(),
                      fault == Fault::user ? run::ExitCode::wrong_usage : run::exit_code_of(fault),
                      console);
  }
  console.out(line.format == Format::json
                  ? rendered_json(*folder)
                  : fmt::format("folder  {}\nnext    {}\n", folder->path(),
                                folder->is_local()
                                    ? run::shell_words({"bash", folder->local_script()})
                                    : run::shell_words({"sbatch", folder->script()})));
  return run::ExitCode::done;
}

/// A script alone names a folder that only a run has: without that folder Slurm ends the job and
/// keeps no log.
constexpr std::string_view what_is_missing =
    "# This script is shown only: the folder that it names is not made. To send it by hand, let\n"
    "# `chainer-submit render FILE --output DIR` make one, and call `sbatch DIR/job.sbatch`.\n";

constexpr std::string_view what_is_missing_here =
    "# This script is shown only: the folder that it names is not made. To start it by hand, let\n"
    "# `chainer-submit render FILE --output DIR` make one, and call `bash DIR/job.sh`.\n";

/// A script as `render` shows it.
std::string shown_script(const plan::Plan& plan, const Surroundings& surroundings) {
  const auto folder =
      run::runs_of(plan.runs, surroundings.user) + "/" + run::folder_name(plan.name);
  auto script = run::script_of(plan, folder);
  script.insert(script.find('\n') + 1, plan.is_local ? what_is_missing_here : what_is_missing);
  return script;
}

/// The script of a plan that was made before.
run::ExitCode render_plan(const CommandLine& line, const Surroundings& surroundings,
                          run::Console& console) {
  if (!line.output.empty() || !line.overrides.empty() || !line.template_file.empty()) {
    return show_error(
        line,
        {"--plan shows the script of a plan as it is", "leave out --output, --set and --template"},
        run::ExitCode::wrong_usage, console);
  }
  const auto text = read_text_file(surroundings.path_of(line.file));
  const auto plan = text ? plan::read_plan(*text) : Result<plan::Plan>(text.error());
  if (!plan) {
    return show_error(line, {fmt::format("{}: {}", line.file, plan.error().what), ""},
                      run::ExitCode::wrong_input, console);
  }
  const auto script = shown_script(*plan, surroundings);
  console.out(line.format == Format::json ? render_json({}, *plan, script) : script);
  return run::ExitCode::done;
}

run::ExitCode render_script(const CommandLine& line, const Surroundings& surroundings,
                            const run::Services& services, run::Console& console) {
  if (line.is_plan) return render_plan(line, surroundings, console);
  const auto request = request_of(line, surroundings);
  auto inspection = plan::inspect(request);
  run::check_template_syntax(inspection, services.processes);
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return run::ExitCode::wrong_input;
  if (!line.output.empty()) {
    return render_folder(line, surroundings, inspection.estimator_text(request), *inspection.plan,
                         console);
  }
  const auto script = shown_script(*inspection.plan, surroundings);
  console.out(line.format == Format::json
                  ? render_json(inspection.findings, *inspection.plan, script)
                  : script);
  return run::ExitCode::done;
}

run::ExitCode list_versions(const CommandLine& line, const Surroundings& surroundings,
                            run::Console& console) {
  const auto site = site_for(line, surroundings, console);
  if (!site) return run::ExitCode::wrong_input;
  const auto recipes = input::all_recipes(site->recipes);
  const auto& fallback = site->default_framework_version;
  if (line.format == Format::json) {
    console.out(versions_json(recipes, fallback));
    return run::ExitCode::done;
  }
  for (const auto& recipe : recipes) {
    console.out(fmt::format(
        "{}{}{}{}\n", recipe.version, recipe.version == fallback ? " (default)" : "",
        recipe.gpu_pip.empty() ? "" : ", with use_gpu: ", fmt::join(recipe.gpu_pip, " ")));
  }
  return run::ExitCode::done;
}

run::ExitCode list_targets(const CommandLine& line, const Surroundings& surroundings,
                           run::Console& console) {
  const auto site = site_for(line, surroundings, console);
  if (!site) return run::ExitCode::wrong_input;
  console.out(line.format == Format::json ? targets_json(*site) : targets_text(*site));
  return run::ExitCode::done;
}

run::ExitCode show_site(const CommandLine& line, const Surroundings& surroundings,
                        run::Console& console) {
  const auto file = site_file_of(line, surroundings);
  const auto inspection = plan::inspect_site(file, surroundings.working_folder);
  if (!inspection.site) {
    show_findings(line, inspection, console);
    return run::ExitCode::wrong_input;
  }
  console.err(plan::render(inspection, console.colour()));
  // It has just been read without an error.
  const auto parsed = toml::parse_toml(inspection.texts.at(file), file);
  const auto values = input::values_in_force(std::get<toml::Table>(parsed));
  console.out(line.format == Format::json ? site_values_json(file, values)
                                          : site_values_text(values));
  return run::ExitCode::done;
}

}  // namespace

run::ExitCode run_command(const CommandLine& line, const Surroundings& surroundings,
                          const run::Services& services, run::Console& console) {
  switch (line.command) {
    case Command::submit: return submit(line, surroundings, services, console);
    case Command::check: return check_estimator(line, surroundings, services, console);
    case Command::render: return render_script(line, surroundings, services, console);
    case Command::follow: return follow_named(line, surroundings, services, console);
    case Command::status: return show_status(line, surroundings, services, console);
    case Command::logs: return show_output(line, surroundings, services, console);
    case Command::cancel: return cancel_run(line, surroundings, services, console);
    case Command::list: return list_runs(line, surroundings, services, console);
    case Command::import: return import_estimator(line, surroundings, services, console);
    case Command::init: return init_estimator(line, surroundings, services, console);
    case Command::explain: return explain_keys(line, surroundings, console);
    case Command::schema:
      console.out(line.is_of_site ? site_schema() : estimator_schema());
      return run::ExitCode::done;
    case Command::site_init: return init_site(line, surroundings, services, console);
    case Command::site_show: return show_site(line, surroundings, console);
    case Command::recipes_build: return build_recipes(line, surroundings, console);
    case Command::versions: return list_versions(line, surroundings, console);
    case Command::doctor: return examine_site(line, surroundings, services, console);
    case Command::probe_mpi: return probe_mpi(line, surroundings, services, console);
    case Command::targets: return list_targets(line, surroundings, console);
    case Command::completion: return write_completion(line, console);
    case Command::complete: return answer_shell(line, surroundings, console);
  }
  return run::ExitCode::defect;
}

}  // namespace chainer::cli
