#include "submit/cli/named_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "submit/run/registry_credentials.hpp"

namespace chainer::cli {
namespace {

/// The site's folder of runs that holds a run of this name, else the site's first one.
std::string runs_with(const input::Site& site, const std::string& run,
                      const Surroundings& surroundings) {
  std::error_code none;
  for (const auto& runs : site.all_runs()) {
    if (std::filesystem::exists(run::runs_of(runs, surroundings.user) + "/" + run, none))
      return runs;
  }
  return site.runs;
}

}  // namespace

Result<run::OwnRuns> open_runs(const input::Site& site, const std::string& runs,
                               const Surroundings& surroundings) {
  // Without a site file nobody else has made the folder of runs.
  std::error_code refused;  // opening it says why
  if (site.file.empty()) std::filesystem::create_directories(runs, refused);
  return run::OwnRuns::open(runs, site.owner, surroundings.user);
}

std::variant<run::Submission, run::ExitCode> find_run(const CommandLine& line,
                                                      const Surroundings& surroundings,
                                                      const run::Services& services,
                                                      run::Console& console) {
  std::string folder = line.run;
  std::vector<run::DatedRun> newest;
  const bool is_path = folder.find('/') != folder.npos || folder == "." || folder == "..";
  if (!is_path) {
    const auto site = site_for(line, surroundings, console);
    if (!site) return run::ExitCode::wrong_input;
    const auto runs = open_runs(*site, runs_with(*site, line.run, surroundings), surroundings);
    if (!runs)
      return show_error(line, runs.error(), run::exit_code_of(runs.error().fault), console);
    run::drop_old_credentials(*runs, services);
    folder = runs->path() + "/" + line.run;
    newest = runs->newest(3);
  }
  // Slurm knows a run by its whole path.
  folder = surroundings.path_of(folder);
  auto submission = run::load_submission(folder, services.processes);
  if (submission) return *std::move(submission);
  // Only with the run's name can the fault be the user's.
  auto error = submission.error();
  if (error.error_number == ENOENT && !newest.empty()) {
    std::vector<std::string> names;
    for (const auto& run : newest) names.push_back(run.name);
    error.hint = fmt::format("your newest runs are {}", fmt::join(names, ", "));
  }
  const auto code =
      error.fault == Fault::user ? run::ExitCode::wrong_usage : run::exit_code_of(error.fault);
  return show_error(line, error, code, console);
}

}  // namespace chainer::cli
