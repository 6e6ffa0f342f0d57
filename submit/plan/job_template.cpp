#include "submit/plan/job_template.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/take_part.hpp"

namespace chainer::plan {
namespace {

constexpr TemplateVariable variable_rows[] = {
    {"run_dir", Need::always, "The run's folder, absolute."},
    {"image", Need::always, "What --chainer-image is given; empty without an image."},
    {"shm_size", Need::always, "What --chainer-shm-size is given."},
    {"mpi", Need::always, "What srun --mpi is given."},
    {"label", Need::when_set, "true where each line of a process is to begin with its number."},
    {"nodes", Need::always, "How many nodes."},
    {"ranks_per_node", Need::always, "Processes on every node."},
    {"cpus_per_rank", Need::always, "CPUs for each process."},
    {"binding", Need::when_set,
     "Which CPUs of a node each process gets: auto, none, cores, or a mask for each; empty: as "
     "Slurm does."},
    {"requeue", Need::never, "yes where Slurm may queue the job again, else empty."},
    {"max_restarts", Need::when_set, "How often it may be queued again; empty: no limit."},
    {"notify_before", Need::when_set,
     "How many seconds before the end the processes get SIGTERM; empty: never."},
    {"binds", Need::when_set,
     "An array, two elements for each input that is mounted: the host's path, the container's."},
    {"downloads", Need::when_set,
     "An array, five elements for each input that is downloaded: its name, its source, its digest "
     "or "
     "empty, its file's name or empty for a folder, its path in the container or empty."},
    {"password_variable", Need::never,
     "The variable of the submitting shell with the registry's password, which no process may get; "
     "empty where there is none."},
    {"user_managed", Need::when_set, "yes where the image's own Python runs, else empty."},
    {"kept_variables", Need::when_set,
     "What --chainer-keep is given: names with commas between them; empty: none."},
    {"dropped_variables", Need::when_set,
     "An array of names of the submitting shell's variables that the run does not get; NAME* are "
     "all that begin so."},
    {"site_settings", Need::when_set,
     "An array of NAME=VALUE for variables that the submitting shell does not have."},
    {"environment", Need::always, "An array of NAME=VALUE: the variables of the script."},
    {"entry_script", Need::always, "The Python script, a path inside of $run_dir/source."},
    {"arguments", Need::always, "An array of the script's arguments."},
};

bool is_of_a_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) lines.push_back(take_line(text));
  return lines;
}

bool is_comment(std::string_view line) {
  const auto first = line.find_first_not_of(" \t");
  return first != line.npos && line[first] == '#';
}

/// Whether an expansion starts right before the name: $name, ${name, ${#name, ${!name.
bool expands(std::string_view before) {
  if (before.ends_with('#') || before.ends_with('!')) {
    before.remove_suffix(1);
    return before.ends_with("${");
  }
  return before.ends_with('$') || before.ends_with("${");
}

bool line_uses(std::string_view line, std::string_view name) {
  for (auto at = line.find(name); at != line.npos; at = line.find(name, at + 1)) {
    const auto before = line.substr(0, at);
    const auto after = line.substr(at + name.size());
    if ((!before.empty() && is_of_a_name(before.back())) ||
        (!after.empty() && is_of_a_name(after.front())))
      continue;
    if (expands(before) || before.find("((") != before.npos) return true;
  }
  return false;
}

/// Whether the run sets the variable to something.
bool is_set(std::string_view name, const Plan& plan) {
  if (name == "label") return plan.labels_ranks;
  if (name == "max_restarts") return plan.allocation.max_restarts > 0;
  if (name == "notify_before") return plan.allocation.notify_before > 0;
  if (name == "binding") return !plan.allocation.binding.empty();
  if (name == "binds") return !plan.binds.empty();
  if (name == "downloads") return !plan.downloads.empty();
  if (name == "kept_variables") return !plan.shell.keep.empty();
  if (name == "dropped_variables") return !plan.shell.drop.empty();
  if (name == "site_settings") return !plan.shell.set.empty();
  return name == "user_managed" && plan.user_managed;
}

void check_variables(const JobTemplate& job_template, const Plan& plan, toml::Report& report) {
  std::vector<std::string_view> missing;
  for (const auto& variable : variable_rows) {
    if (variable.need == Need::never || uses_variable(job_template.text, variable.name)) continue;
    if (variable.need == Need::always || is_set(variable.name, plan))
      missing.push_back(variable.name);
  }
  if (missing.empty()) return;
  report.error({job_template.file, {}},
               fmt::format("this job template never uses {}, and the run has something in {}",
                           fmt::join(missing, ", "), missing.size() == 1 ? "it" : "them"),
               "docs/templates.md says what each variable holds");
}

void check_line(std::string_view line, const toml::Place& place, toml::Report& report) {
  if (line.starts_with("#SBATCH")) {
    report.warning(place, "sbatch does not read this line: a command stands before it",
                   "the keys of [slurm] say what Slurm is asked for");
  }
}

}  // namespace

std::span<const TemplateVariable> template_variables() { return variable_rows; }

bool uses_variable(std::string_view code, std::string_view name) {
  return std::ranges::any_of(lines_of(code), [&](std::string_view line) {
    return !is_comment(line) && line_uses(line, name);
  });
}

void check_template(const JobTemplate& job_template, const Plan& plan, toml::Report& report) {
  std::uint32_t number = 0;
  for (const auto line : lines_of(job_template.text)) {
    ++number;
    const toml::Place place{job_template.file, {number, 1}};
    if (line.ends_with('\r')) {
      return report.error({job_template.file, {number, static_cast<std::uint32_t>(line.size())}},
                          "this line ends in CR LF, which neither bash nor sbatch reads",
                          "write the file with the line ends of Unix, for example by dos2unix");
    }
    check_line(line, place, report);
  }
  check_variables(job_template, plan, report);
}

}  // namespace chainer::plan
