#include "submit/cli/answer.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/printable.hpp"
#include "submit/cli/json_text.hpp"

namespace chainer::cli {

const std::string& site_file_of(const CommandLine& line, const Surroundings& surroundings) {
  return line.site_file.empty() ? surroundings.site_file : line.site_file;
}

plan::Request request_of(const CommandLine& line, const Surroundings& surroundings) {
  return {line.file,          site_file_of(line, surroundings),
          line.overrides,     surroundings.working_folder,
          line.template_file, surroundings.own};
}

std::optional<input::Site> site_for(const CommandLine& line, const Surroundings& surroundings,
                                    run::Console& console) {
  auto inspection = plan::inspect_site(site_file_of(line, surroundings),
                                       surroundings.working_folder, surroundings.own);
  if (!inspection.site) show_findings(line, inspection, console);
  return std::move(inspection.site);
}

void show_findings(const CommandLine& line, const plan::Inspection& inspection,
                   run::Console& console) {
  console.err(plan::render(inspection, console.colour()));
  if (line.format == Format::json && !inspection.is_clean()) console.out(findings_json(inspection));
}

run::ExitCode show_error(const CommandLine& line, const Error& error, run::ExitCode code,
                         run::Console& console, const run::RunFolder* folder) {
  console.err(fmt::format("chainer-submit: {}\n", printable_lines(error.what)));
  if (!error.hint.empty()) console.err(fmt::format("next: {}\n", printable(error.hint)));
  if (line.format == Format::json) console.out(error_json(error, code, folder));
  return code;
}

}  // namespace chainer::cli
