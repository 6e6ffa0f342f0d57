#include "submit/cli/run_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

#include "submit/cli/answer.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/cli/named_run.hpp"
#include "submit/follow/log_tail.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::cli {
namespace {

struct StartedJob {
  std::string number;
  follow::Attempt attempt;
};

/// The jobs that have written something: an array has one for each element, in the elements' order.
std::vector<StartedJob> jobs_of(const run::Submission& submission) {
  const auto& folder = submission.folder;
  std::vector<StartedJob> jobs;
  for (auto& number :
       submission.array.empty() ? std::vector{submission.job} : folder.logged_jobs()) {
    auto attempt = follow::read_newest_attempt(folder.attempts(), number);
    jobs.push_back({std::move(number), std::move(attempt)});
  }
  std::ranges::stable_sort(jobs, {},
                           [](const StartedJob& job) { return job.attempt.record.element; });
  return jobs;
}

struct OutputFile {
  std::string path;
  std::optional<int> element;
};

/// The files with the output of the jobs, or of one rank of each.
std::vector<OutputFile> files_of(const std::vector<StartedJob>& jobs, const run::RunFolder& folder,
                                 int rank) {
  std::vector<OutputFile> files;
  std::error_code missing;
  for (const auto& [number, attempt] : jobs) {
    auto path = rank < 0 ? folder.log(number) : folder.rank_log(number, attempt.number, rank);
    if (std::filesystem::is_regular_file(path, missing))
      files.push_back({std::move(path), attempt.record.element});
  }
  return files;
}

/// How many ranks the run has; nothing before they start.
std::optional<int> ranks_of(const std::vector<StartedJob>& jobs) {
  const auto started = std::ranges::find_if(
      jobs, [](const StartedJob& job) { return job.attempt.record.rank_count.has_value(); });
  return started == jobs.end() ? std::nullopt : started->attempt.record.rank_count;
}

/// Of several files each has its name in front, as tail(1) writes it, with the element whose it is.
void show(const std::vector<OutputFile>& files, run::Console& console) {
  for (const auto& [path, element] : files) {
    if (files.size() > 1) {
      console.out(
          fmt::format("==> {}{} <==\n", element ? fmt::format("[{}] ", *element) : "", path));
    }
    follow::LogTail log(path);
    for (auto text = log.read_more(); !text.empty(); text = log.read_more()) console.out(text);
  }
}

}  // namespace

run::ExitCode show_output(const CommandLine& line, const Surroundings& surroundings,
                          const run::Services& services, run::Console& console) {
  const auto found = find_run(line, surroundings, services, console);
  if (const auto* code = std::get_if<run::ExitCode>(&found)) return *code;
  const auto& submission = std::get<run::Submission>(found);
  const auto jobs = jobs_of(submission);
  const auto ranks = line.rank < 0 ? std::nullopt : ranks_of(jobs);
  if (ranks && line.rank >= *ranks) {
    return show_error(
        line,
        {fmt::format("{} has no rank {}", submission.folder.id(), line.rank),
         *ranks == 1 ? "its only rank is 0" : fmt::format("its ranks are 0 to {}", *ranks - 1)},
        run::ExitCode::wrong_usage, console);
  }
  const auto files = files_of(jobs, submission.folder, line.rank);
  if (line.format == Format::json) {
    std::vector<std::string> paths;
    std::ranges::transform(files, std::back_inserter(paths), &OutputFile::path);
    console.out(output_json(submission, paths));
    return run::ExitCode::done;
  }
  show(files, console);
  if (files.empty()) {
    console.err(fmt::format("chainer-submit: {}{} has written nothing yet; {} says what it does\n",
                            line.rank < 0 ? "" : fmt::format("rank {} of ", line.rank),
                            submission.folder.id(),
                            run::shell_words({"chainer-submit", "status", line.run})));
  }
  return run::ExitCode::done;
}

}  // namespace chainer::cli
