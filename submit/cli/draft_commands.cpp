#include "submit/cli/draft_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "core/text_file.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/draft/import.hpp"
#include "submit/draft/project_guess.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::cli {
namespace {

namespace fs = std::filesystem;

constexpr unsigned mode_of_an_estimator = 0644;

/// What stands for standard output in the place of a file's name.
constexpr std::string_view shown_only = "-";

enum class Existing { kept, replaced };

Result<void> write_draft(const std::string& path, const std::string& shown, const std::string& text,
                         Existing existing) {
  if (existing == Existing::replaced) ::unlink(path.c_str());
  auto written = write_new_file(path, text, mode_of_an_estimator);
  if (!written && written.error().error_number == EEXIST) {
    return Error{fmt::format("{} exists", shown), "name another file with -o", EEXIST, Fault::user};
  }
  return written;
}

/// What was read, in the form that findings are shown from.
plan::Inspection findings_of(const draft::Translation& translation) {
  plan::Inspection inspection;
  inspection.findings = translation.report.sorted();
  for (const auto& [file, text] : translation.texts) inspection.texts[file] = text;
  return inspection;
}

}  // namespace

run::ExitCode import_estimator(const CommandLine& line, const Surroundings& surroundings,
                               const run::Services& services, run::Console& console) {
  const auto output = line.output.empty() ? "" : surroundings.path_of(line.output);
  const auto target =
      output.empty() ? surroundings.working_folder : fs::path(output).parent_path().string();
  const auto made =
      draft::import_file(line.file, surroundings.working_folder, target, services.processes);
  if (!made) {
    const auto fault = made.error().fault;
    return show_error(line, made.error(),
                      fault == Fault::user ? run::ExitCode::wrong_usage : run::exit_code_of(fault),
                      console);
  }
  const auto findings = findings_of(*made);
  if (made->report.has_errors()) {
    show_findings(line, findings, console);
    return run::ExitCode::wrong_input;
  }
  console.err(plan::render(findings, console.colour()));
  const auto text = made->draft.text();
  if (!output.empty()) {
    const auto written =
        write_draft(output, line.output, text, line.force ? Existing::replaced : Existing::kept);
    if (!written) return show_error(line, written.error(), run::ExitCode::wrong_usage, console);
  }
  if (line.format == Format::json) {
    console.out(draft_json(line.output, text, findings));
  } else {
    console.out(output.empty()
                    ? text
                    : fmt::format("wrote   {}\nnext    {}\n", line.output,
                                  run::shell_words({"chainer-submit", "check", line.output})));
  }
  return run::ExitCode::done;
}

run::ExitCode init_estimator(const CommandLine& line, const Surroundings& surroundings,
                             const run::Services& services, run::Console& console) {
  const auto site = site_for(line, surroundings, console);
  if (!site) return run::ExitCode::wrong_input;
  const auto script = draft::find_script(line.file.empty() ? "." : line.file);
  if (!script) return show_error(line, script.error(), run::ExitCode::wrong_usage, console);
  const bool only_shows = line.output == shown_only;
  const auto beside = fs::path(*script).replace_extension(".toml").lexically_normal();
  const auto shown = line.output.empty() ? beside.string() : line.output;
  const auto target = fs::path(surroundings.path_of(shown)).lexically_normal().parent_path();
  const auto path = fs::path(surroundings.path_of(*script)).lexically_normal();
  const auto draft =
      draft::guess_estimator(path.string(), target.string(), *site, services.processes);
  if (!draft) {
    const auto fault = draft.error().fault;
    return show_error(line, draft.error(),
                      fault == Fault::user ? run::ExitCode::wrong_usage : run::exit_code_of(fault),
                      console);
  }
  if (only_shows) {
    const auto text = draft->text();
    console.out(line.format == Format::json ? draft_json("", text, {}) : text);
    return run::ExitCode::done;
  }
  const auto written =
      write_draft(surroundings.path_of(shown), shown, draft->text(), Existing::kept);
  if (!written) return show_error(line, written.error(), run::ExitCode::wrong_usage, console);

  const auto checked = plan::inspect({shown,
                                      site_file_of(line, surroundings),
                                      {},
                                      surroundings.working_folder,
                                      {},
                                      surroundings.own});
  console.err(plan::render(checked, console.colour()));
  if (line.format == Format::json)
    console.out(draft_json(shown, draft->text(), checked));
  else
    console.out(fmt::format("wrote   {}\nnext    {}\n", shown,
                            run::shell_words({"chainer-submit", shown, "--follow"})));
  return run::ExitCode::done;
}

}  // namespace chainer::cli
