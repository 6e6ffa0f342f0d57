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
#include "submit/run/guarded_folder.hpp"
#include "submit/run/local_job.hpp"
#include "submit/run/queue.hpp"
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

Result<run::Cancelled> cancel_job(const run::Submission& submission,
                                  run::ProcessRunner& processes) {
  const auto& job = submission.job;
  const auto failed = [&](std::string_view why) {
    return Error{fmt::format("cannot cancel job {}: {}", job, why.substr(0, why.find('\n'))),
                 "try again when Slurm answers", 0, Fault::try_again};
  };
  const auto place = run::folder_of_living_job(job, processes, run::patience_with_queue);
  if (const auto* none = std::get_if<run::NoAnswer>(&place)) return failed(none->why);
  const auto& works_in = std::get<std::string>(place);
  if (works_in.empty()) return run::Cancelled::was_over;
  if (!run::is_of_run(works_in, submission.folder)) {
    return Error{fmt::format("job {} is not of this run: it works in {}", job, printable(works_in)),
                 fmt::format("scancel {} ends it all the same", job), 0, Fault::user};
  }
  // scancel says nothing, and ends with 0, when the job has ended by now.
  const auto finished =
      processes.run({"scancel", job}, run::environment_of_questions(run::own_environment()));
  if (!finished) return failed(finished.error().what);
  if (finished->code != 0) return failed(finished->err);
  return run::Cancelled::was_asked;
}

}  // namespace

run::ExitCode follow_run(const CommandLine& line, const run::Submission& submission,
                         const run::Services& services, run::Console& console) {
  JsonConsole quiet(console);
  const bool is_json = line.format == Format::json;
  const auto ending = follow::follow(submission, services.processes, services.pause,
                                     is_json ? static_cast<run::Console&>(quiet) : console);
  // A script that was killed has not removed them itself. Where others can exchange the folder, it may
  // be any by now.
  const bool is_over =
      ending.code == run::ExitCode::done || ending.code == run::ExitCode::run_failed;
  if (is_over && run::is_own_folder(submission.folder.path()))
    run::drop_credentials(submission.folder);
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
  const bool is_local = submission.folder.is_local();
  const auto cancelled = is_local ? run::cancel_local_job(submission.folder)
                                  : cancel_job(submission, services.processes);
  if (!cancelled) {
    const auto& error = cancelled.error();
    const auto code =
        error.fault == Fault::user ? run::ExitCode::wrong_usage : run::exit_code_of(error.fault);
    return show_error(line, error, code, console);
  }
  console.out(line.format == Format::json
                  ? cancelled_json(submission)
                  : fmt::format("{}: {} {} {}\n", submission.folder.id(),
                                is_local ? "process" : "job", submission.job,
                                *cancelled == run::Cancelled::was_asked ? "was asked to end"
                                                                        : "is over already"));
  return run::ExitCode::done;
}

}  // namespace chainer::cli
