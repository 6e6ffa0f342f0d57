#include "submit/commands.hpp"

#include <fmt/format.h>

#include "submit/explanation.hpp"
#include "submit/inspection.hpp"
#include "submit/job_script.hpp"
#include "submit/json_text.hpp"
#include "submit/recipe.hpp"
#include "submit/run_folder.hpp"
#include "submit/text_file.hpp"

namespace chainer {
namespace {

Request request_of(const CommandLine& line, const Surroundings& surroundings) {
  return {line.file, line.site_file.empty() ? surroundings.site_file : line.site_file, line.overrides,
          surroundings.working_folder};
}

/// Findings go to standard error; with --json those that end the command go to standard output.
void show_findings(const CommandLine& line, const Inspection& inspection, Console& console) {
  console.err(render(inspection, console.colour()));
  if (line.format == Format::json && !inspection.is_clean()) console.out(findings_json(inspection));
}

ExitCode check(const CommandLine& line, const Surroundings& surroundings, Console& console) {
  const auto inspection = inspect(request_of(line, surroundings));
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return ExitCode::wrong_input;
  if (line.format == Format::json) console.out(findings_json(inspection));
  else console.out(fmt::format("{}: ok\n", line.file));
  return ExitCode::done;
}

ExitCode render_script(const CommandLine& line, const Surroundings& surroundings, Console& console) {
  const auto inspection = inspect(request_of(line, surroundings));
  show_findings(line, inspection, console);
  if (!inspection.is_clean()) return ExitCode::wrong_input;
  const auto folder = runs_of(*inspection.site, surroundings.user) + "/" + folder_name(inspection.plan->name);
  const auto script = job_script(*inspection.plan, folder);
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
    const auto meant = nearest(line.key, names);
    console.err(fmt::format("chainer-submit: error: no key is called '{}'\nhint: {}\n", line.key,
                            meant.empty() ? "chainer-submit explain lists every key"
                                          : fmt::format("did you mean '{}'?", meant)));
    return ExitCode::wrong_usage;
  }
  console.out(line.format == Format::json ? keys_json({*key}) : explain(*key));
  return ExitCode::done;
}

ExitCode list_versions(const CommandLine& line, const Surroundings& surroundings, Console& console) {
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

ExitCode run_command(const CommandLine& line, const Surroundings& surroundings, Console& console) {
  switch (line.command) {
    case Command::submit: return ExitCode::defect;
    case Command::check: return check(line, surroundings, console);
    case Command::render: return render_script(line, surroundings, console);
    case Command::follow: return ExitCode::defect;
    case Command::explain: return explain_keys(line, console);
    case Command::schema: console.out(estimator_schema()); return ExitCode::done;
    case Command::versions: return list_versions(line, surroundings, console);
  }
  return ExitCode::defect;
}

}  // namespace chainer
