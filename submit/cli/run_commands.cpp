#include "submit/cli/run_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "core/printable.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/cli/named_run.hpp"
#include "submit/follow/follower.hpp"
#include "submit/follow/run_metrics.hpp"
#include "submit/follow/run_status.hpp"
#include "submit/run/local_job.hpp"
#include "submit/run/registry_credentials.hpp"

namespace chainer::cli {
namespace {

/// With --json, standard output is JSON alone: a run's output goes to standard error, where all
/// else that is said goes.
class JsonConsole : public run::Console {
 public:
  explicit JsonConsole(run::Console& real) : real_(real) {}
  void out(std::string_view text) override { real_.err(text); }
  void err(std::string_view text) override { real_.err(text); }
  Colour colour() const override { return real_.colour(); }

 private:
  run::Console& real_;
};

std::string status_text(const run::Submission& submission, const follow::RunStatus& status,
                        const follow::RunMetrics& metrics) {
  // How a run ended begins with its own "done: " or "failed: ".
  const bool is_over = status.phase >= follow::Phase::done;
  auto text = fmt::format(
      "run     {}\nfolder  {}\njob     {}\nstatus  {}{}\n", submission.folder.id(),
      submission.folder.path(),
      submission.folder.is_local() ? "local, process " + submission.job : submission.job,
      is_over ? "" : std::string(follow::name_of(status.phase)) + ": ", status.sentence);
  std::size_t width = 0;
  for (const auto& metric : metrics.metrics) width = std::max(width, printable(metric.name).size());
  for (const auto& metric : metrics.metrics) {
    text +=
        fmt::format("metric  {:<{}}  {}{}\n", printable(metric.name), width, printable(metric.last),
                    metric.count > 1 ? fmt::format("  (the last of {})", metric.count) : "");
  }
  return text;
}

run::ExitCode cancel_here(const CommandLine& line, const run::Submission& submission,
                          run::Console& console) {
  const auto cancelled = run::cancel_local_job(submission.folder);
  if (!cancelled) {
    return show_error(line, cancelled.error(), run::exit_code_of(cancelled.error().fault), console);
  }
  console.out(line.format == Format::json ? cancelled_json(submission)
                                          : fmt::format("{}: process {} was asked to end\n",
                                                        submission.folder.id(), submission.job));
  return run::ExitCode::done;
}

}  // namespace

run::ExitCode follow_run(const CommandLine& line, const run::Submission& submission,
                         const run::Services& services, run::Console& console) {
  JsonConsole quiet(console);
  const bool is_json = line.format == Format::json;
  const auto ending = follow::follow(submission, services.processes, services.pause,
                                     is_json ? static_cast<run::Console&>(quiet) : console);
  // A script that was killed has not removed them itself.
  if (ending.code == run::ExitCode::done || ending.code == run::ExitCode::run_failed) {
    run::drop_credentials(submission.folder);
  }
  if (is_json)
    console.out(ending_json(submission, ending));
  else if (ending.code != run::ExitCode::interrupted)
    console.out(fmt::format("{}: {}\n", submission.folder.id(), ending.sentence));
  return ending.code;
}

run::ExitCode follow_named(const CommandLine& line, const Surroundings& surroundings,
                           const run::Services& services, run::Console& console) {
  const auto found = find_run(line, surroundings, services, console);
  if (const auto* code = std::get_if<run::ExitCode>(&found)) return *code;
  return follow_run(line, std::get<run::Submission>(found), services, console);
}

run::ExitCode show_status(const CommandLine& line, const Surroundings& surroundings,
                          const run::Services& services, run::Console& console) {
  const auto found = find_run(line, surroundings, services, console);
  if (const auto* code = std::get_if<run::ExitCode>(&found)) return *code;
  const auto& submission = std::get<run::Submission>(found);
  const auto status = follow::look_at(submission, services);
  if (!status)
    return show_error(line, status.error(), run::exit_code_of(status.error().fault), console);
  const auto metrics = follow::read_run_metrics(submission.folder);
  console.out(line.format == Format::json ? status_json(submission, *status, metrics)
                                          : status_text(submission, *status, metrics));
  return run::ExitCode::done;
}

run::ExitCode cancel_run(const CommandLine& line, const Surroundings& surroundings,
                         const run::Services& services, run::Console& console) {
  const auto found = find_run(line, surroundings, services, console);
  if (const auto* code = std::get_if<run::ExitCode>(&found)) return *code;
  const auto& submission = std::get<run::Submission>(found);
  if (submission.folder.is_local()) return cancel_here(line, submission, console);
  // scancel says nothing, and ends with 0, when the job is over or Slurm has forgotten it.
  const auto finished = services.processes.run(
      {"scancel", submission.job}, run::environment_of_questions(run::own_environment()));
  if (!finished || finished->code != 0) {
    const auto why = finished ? finished->err : finished.error().what;
    return show_error(
        line,
        {fmt::format("cannot cancel job {}: {}", submission.job, why.substr(0, why.find('\n'))),
         "try again when Slurm answers"},
        run::ExitCode::try_again, console);
  }
  console.out(line.format == Format::json ? cancelled_json(submission)
                                          : fmt::format("{}: job {} was asked to end\n",
                                                        submission.folder.id(), submission.job));
  return run::ExitCode::done;
}

}  // namespace chainer::cli
