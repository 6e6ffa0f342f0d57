#include "submit/run/template_syntax.hpp"

#include <fmt/format.h>

#include <charconv>

#include "submit/run/passed_file.hpp"

namespace chainer::run {
namespace {

/// "NAME: line 12: what is wrong", as bash writes it, without the name; nothing for other lines.
std::optional<std::pair<std::uint32_t, std::string>> read_complaint(std::string_view line) {
  constexpr std::string_view mark = ": line ";
  const auto at = line.find(mark);
  if (at == line.npos) return std::nullopt;
  line.remove_prefix(at + mark.size());
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), number);
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (failure != std::errc{} || !line.starts_with(": ")) return std::nullopt;
  return std::pair{number, std::string(line.substr(2))};
}

void ask_bash(const plan::JobTemplate& job_template, ProcessRunner& processes,
              toml::Report& report) {
  const toml::Place whole{job_template.file, {}};
  const auto passed = PassedFile::with(job_template.text);
  // bash gets none of the person's environment: it would read $BASH_ENV first.
  const auto finished = passed ? processes.run({"bash", "-n", passed->path()}, {"LC_ALL=C"})
                               : Result<Finished>(passed.error());
  if (!finished) {
    return report.warning(
        whole, fmt::format("bash did not look at this job template: {}", finished.error().what));
  }
  const auto& said = finished->err;
  const auto complaint = read_complaint(std::string_view(said).substr(0, said.find('\n')));
  if (finished->code == 0 && !complaint) return;
  const toml::Place place =
      complaint ? toml::Place{job_template.file, {complaint->first, 1}} : whole;
  const auto what = fmt::format("bash says: {}", complaint ? complaint->second : said);
  finished->code == 0 ? report.warning(place, what) : report.error(place, what);
}

}  // namespace

void check_template_syntax(plan::Inspection& inspection, ProcessRunner& processes) {
  if (!inspection.plan || !inspection.plan->job_template) return;
  toml::Report report;
  ask_bash(*inspection.plan->job_template, processes, report);
  const auto found = report.sorted();
  inspection.findings.insert(inspection.findings.end(), found.begin(), found.end());
  sort_by_position(inspection.findings);
  if (report.has_errors()) inspection.plan.reset();
}

}  // namespace chainer::run
