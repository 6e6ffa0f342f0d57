#include "submit/cli/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "core/printable.hpp"
#include "submit/cli/explanation.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/follow/follower.hpp"
#include "submit/input/recipe.hpp"
#include "submit/plan/inspection.hpp"
#include "submit/run/image_pin.hpp"
#include "submit/run/job_script.hpp"
#include "submit/run/quoting.hpp"
#include "submit/run/refusal.hpp"
#include "submit/run/run_folder.hpp"
#include "submit/run/submission.hpp"

namespace chainer {
namespace {

Request request_of(const CommandLine& line, const Surroundings& surroundings) {
  return {line.file, line.site_file.empty() ? surroundings.site_file : line.site_file,
          line.overrides, surroundings.working_folder};
}

/// Findings go to standard error; with --json those that end the command go to standard output.
void show_findings(const CommandLine& line, const Inspection& inspection, Console& console) {
  console.err(render(inspection, console.colour()));
  if (line.format == Format::json && !inspection.is_clean()) console.out(findings_json(inspection));
}

/// The text goes to standard error; with --json, standard output gets it as a document.
ExitCode show_error(const CommandLine& line, const Error& error, ExitCode code, Console& console,
                    const RunFolder* folder = nullptr) {
  console.err(fmt::format("chainer-submit: {}\n", printable_lines(error.what)));
  if (!error.hint.empty()) console.err(fmt::format("next: {}\n", printable(error.hint)));
  if (line.format == Format::json) console.out(error_json(error, code, folder));
  return code;
}

/// What is wrong after all, once others than the files were asked.
ExitCode show_finding(const CommandLine& line, Inspection& inspection, Finding finding,
                      Console& console) {
  inspection.findings = {std::move(finding)};
  inspection.plan.reset();
  show_findings(line, inspection, console);
  return ExitCode::wrong_input;
}

/// An image that does not exist is wrong at the key that names it, unless the site chose it.
ExitCode show_pin_failure(const CommandLine& line, Inspection& inspection,
                          const PinFailure& failure, Console& console) {
  const auto& estimator = *inspection.estimator;
  const bool is_new_name = estimator.custom_docker_image.has_value();
  const auto& image =
      is_new_name ? estimator.custom_docker_image : estimator.custom_docker_base_image;
  if (failure.code != ExitCode::wrong_input || !image) {
    return show_error(line, failure.error, failure.code, console);
  }
  return show_finding(
      line, inspection,
      {image->place.file, image->place.at, Severity::error,
       fmt::format("{}: {}", is_new_name ? "custom_docker_image" : "custom_docker_base_image",
                   failure.error.what),
       failure.error.hint},
      console);
}

/// The rest of what a run says goes where its output goes: with --json, standard output is JSON
/// alone.
class JsonConsole : public Console {
 public:
  explicit JsonConsole(Console& real) : real_(real) {}
  void out(std::string_view text) override { real_.err(text); }
  void err(std::string_view text) override { real_.err(text); }
  Colour colour() const override { return real_.colour(); }

 private:
  Console& real_;
};

Result<OwnRuns> open_runs(const Site& site, const Surroundings& surroundings) {
  return OwnRuns::open(site.runs, site.owner, surroundings.user);
}

ExitCode follow_run(const CommandLine& line, const Submission& submission, const Services& services,
                    Console& console) {
  JsonConsole quiet(console);
  const bool is_json = line.format == Format::json;
  const auto ending = follow(submission, services.processes, services.pause,
                             is_json ? static_cast<Console&>(quiet) : console);
  if (is_json)
    console.out(ending_json(submission, ending));
  else if (ending.code != ExitCode::interrupted)
    console.out(fmt::format("{}: {}\n", submission.folder.id(), ending.sentence));
  return ending.code;
}

/// The absolute path of what a person named, without an end that says that it is a folder.
std::string from_working_folder(const Surroundings& surroundings, const std::string& path) {
  auto whole =
      (std::filesystem::path(surroundings.working_folder) / path).lexically_normal().string();
  while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
  return whole;
}

ExitCode follow_named(const CommandLine& line, const Surroundings& surroundings,
                      const Services& services, Console& console) {
  std::string folder = line.run;
  std::vector<std::string> newest;
  const bool is_path = folder.find('/') != folder.npos || folder == "." || folder == "..";
  if (!is_path) {
    const auto file = line.site_file.empty() ? surroundings.site_file : line.site_file;
    const auto inspection = inspect_site(file, surroundings.working_folder);
    if (!inspection.site) {
      show_findings(line, inspection, console);
      return ExitCode::wrong_input;
    }
    const auto runs = open_runs(*inspection.site, surroundings);
    if (!runs) return show_error(line, runs.error(), exit_code_of(runs.error().fault), console);
    folder = runs->path() + "/" + line.run;
    newest = runs->newest(3);
  }
  // Slurm knows a run by its whole path.
  folder = from_working_folder(surroundings, folder);
  const auto submission = load_submission(folder, services.processes);
  if (!submission) {
    // The user's can only be the name of the run.
    auto error = submission.error();
    if (error.error_number == ENOENT && !newest.empty()) {
      error.hint = fmt::format("your newest runs are {}", fmt::join(newest, ", "));
    }
    const auto code =
        error.fault == Fault::user ? ExitCode::wrong_usage : exit_code_of(error.fault);
    return show_error(line, error, code, console);
  }
  return follow_run(line, *submission, services, console);
}

ExitCode submit(const CommandLine& line, const Surroundings& surroundings, const Services& services,
                Console& console) {
  const auto request = request_of(line, surroundings);
  auto inspection = inspect(request);
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return ExitCode::wrong_input;
  auto& plan = *inspection.plan;

  // Whoever names a digest has said what is to run; the node asks for it when it needs it.
  if (std::holds_alternative<TaggedImage>(plan.image)) {
    auto pinned = pin_image(plan.image, find_chainer_node(), services.processes);
    if (const auto* failure = std::get_if<PinFailure>(&pinned)) {
      return show_pin_failure(line, inspection, *failure, console);
    }
    plan.image = std::get<PlannedImage>(std::move(pinned));
  }
  const auto runs = open_runs(*inspection.site, surroundings);
  if (!runs) return show_error(line, runs.error(), exit_code_of(runs.error().fault), console);
  settle_interrupted(*runs, services, console);
  const auto answer =
      submit_run(plan, inspection.estimator_text(request), request, *runs, services, console);
  if (const auto* failure = std::get_if<SubmitFailure>(&answer)) {
    const auto finding = failure->refused
                             ? finding_of_refusal(failure->refused->why, *inspection.estimator)
                             : std::nullopt;
    if (finding) return show_finding(line, inspection, *finding, console);
    return show_error(line, failure->error, failure->code, console,
                      failure->folder ? &*failure->folder : nullptr);
  }

  const auto& submission = std::get<Submission>(answer);
  const auto& folder = submission.folder;
  const auto& job = submission.job;
  if (!submission.said.empty()) console.err(submission.said + "\n");
  if (line.follow) {
    console.err(fmt::format("chainer-submit: job {}, {}\n", job, folder.path()));
    return follow_run(line, submission, services, console);
  }
  if (line.format == Format::json) {
    console.out(submission_json(submission, text_of(plan.image)));
  } else {
    console.out(
        fmt::format("run     {}\nfolder  {}\njob     {}\nimage   {}\n"
                    "next    chainer-submit follow {}   or   scancel {}\n",
                    folder.id(), folder.path(), job, text_of(plan.image), folder.id(), job));
  }
  return ExitCode::done;
}

ExitCode check(const CommandLine& line, const Surroundings& surroundings, const Services& services,
               Console& console) {
  auto inspection = inspect(request_of(line, surroundings));
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return ExitCode::wrong_input;
  if (line.online) {
    const auto pinned = pin_image(inspection.plan->image, find_chainer_node(), services.processes);
    if (const auto* failure = std::get_if<PinFailure>(&pinned)) {
      return show_pin_failure(line, inspection, *failure, console);
    }
  }
  if (line.format == Format::json)
    console.out(findings_json(inspection));
  else
    console.out(fmt::format("{}: ok\n", line.file));
  return ExitCode::done;
}

ExitCode render_folder(const CommandLine& line, const Surroundings& surroundings,
                       const std::string& estimator_text, const Plan& plan, Console& console) {
  const auto path = from_working_folder(surroundings, line.output);
  const auto folder = render_run(plan, estimator_text, path, console);
  if (!folder) {
    // The user's can only be the folder that --output names.
    const auto fault = folder.error().fault;
    return show_error(line, folder.error(),
                      fault == Fault::user ? ExitCode::wrong_usage : exit_code_of(fault), console);
  }
  console.out(line.format == Format::json ? rendered_json(*folder)
                                          : fmt::format("folder  {}\nnext    {}\n", folder->path(),
                                                        shell_words({"sbatch", folder->script()})));
  return ExitCode::done;
}

/// The script alone names a folder that only a run has: without it Slurm ends a job and keeps no
/// log.
constexpr std::string_view what_is_missing =
    "# This script is shown only: the folder that it names is not made. To send it by hand, let\n"
    "# `chainer-submit render FILE --output DIR` make one, and call `sbatch DIR/job.sbatch`.\n";

ExitCode render_script(const CommandLine& line, const Surroundings& surroundings,
                       Console& console) {
  const auto request = request_of(line, surroundings);
  const auto inspection = inspect(request);
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return ExitCode::wrong_input;
  if (!line.output.empty()) {
    return render_folder(line, surroundings, inspection.estimator_text(request), *inspection.plan,
                         console);
  }
  const auto folder =
      runs_of(*inspection.site, surroundings.user) + "/" + folder_name(inspection.plan->name);
  auto script = job_script(*inspection.plan, folder);
  script.insert(script.find('\n') + 1, what_is_missing);
  console.out(line.format == Format::json ? render_json(inspection, script) : script);
  return ExitCode::done;
}

ExitCode explain_keys(const CommandLine& line, Console& console) {
  if (line.key.empty()) {
    console.out(line.format == Format::json ? keys_json(all_keys()) : explain_all());
    return ExitCode::done;
  }
  const auto key = find_key(line.key);
  if (!key) {
    const auto keys = all_keys();
    std::vector<std::string_view> names;
    for (const auto& known : keys) names.push_back(known.info.name);
    auto meant = meant_by(line.key);
    if (meant.empty()) meant = nearest(line.key, names);
    return show_error(line,
                      {fmt::format("no key is called '{}'", printable(line.key)),
                       meant.empty() ? "chainer-submit explain lists every key"
                                     : fmt::format("did you mean '{}'?", meant)},
                      ExitCode::wrong_usage, console);
  }
  console.out(line.format == Format::json ? keys_json({*key}) : explain(*key));
  return ExitCode::done;
}

ExitCode list_versions(const CommandLine& line, const Surroundings& surroundings,
                       Console& console) {
  const auto file = line.site_file.empty() ? surroundings.site_file : line.site_file;
  const auto inspection = inspect_site(file, surroundings.working_folder);
  if (!inspection.site) {
    show_findings(line, inspection, console);
    return ExitCode::wrong_input;
  }
  const auto versions = recipe_versions(inspection.site->recipes);
  const auto& fallback = inspection.site->default_framework_version;
  if (line.format == Format::json) {
    console.out(versions_json(versions, fallback));
    return ExitCode::done;
  }
  for (const auto& version : versions) {
    console.out(version + (version == fallback ? " (default)\n" : "\n"));
  }
  return ExitCode::done;
}

}  // namespace

ExitCode run_command(const CommandLine& line, const Surroundings& surroundings,
                     const Services& services, Console& console) {
  switch (line.command) {
    case Command::submit: return submit(line, surroundings, services, console);
    case Command::check: return check(line, surroundings, services, console);
    case Command::render: return render_script(line, surroundings, console);
    case Command::follow: return follow_named(line, surroundings, services, console);
    case Command::explain: return explain_keys(line, console);
    case Command::schema: console.out(estimator_schema()); return ExitCode::done;
    case Command::versions: return list_versions(line, surroundings, console);
  }
  return ExitCode::defect;
}

}  // namespace chainer
