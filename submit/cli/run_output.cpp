#include "submit/cli/run_output.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "submit/cli/answer.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/cli/named_run.hpp"
#include "submit/follow/log_tail.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::cli {
namespace {

/// The numbers of the jobs that have written something: an array has one for each element.
std::vector<std::string> jobs_of(const run::Submission& submission) {
  return submission.is_array ? submission.folder.logged_jobs() : std::vector{submission.job};
}

/// The files with the output of the job, or of one of its ranks.
std::vector<std::string> files_of(const run::Submission& submission, int rank) {
  const auto& folder = submission.folder;
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& job : jobs_of(submission)) {
    const auto attempt = follow::read_newest_attempt(folder.attempts(), job).number;
    auto file = rank < 0 ? folder.log(job) : folder.rank_log(job, attempt, rank);
    if (std::filesystem::is_regular_file(file, missing)) files.push_back(std::move(file));
  }
  return files;
}

/// How many ranks the run has; nothing before they start.
std::optional<int> ranks_of(const run::Submission& submission) {
  for (const auto& job : jobs_of(submission)) {
    const auto attempt = follow::read_newest_attempt(submission.folder.attempts(), job);
    if (attempt.record.rank_count) return attempt.record.rank_count;
  }
  return std::nullopt;
}

/// Of several files each has its name in front, as tail(1) writes it.
void show(const std::vector<std::string>& files, run::Console& console) {
  for (const auto& file : files) {
    if (files.size() > 1) console.out(fmt::format("==> {} <==\n", file));
    follow::LogTail log(file);
    for (auto text = log.read_more(); !text.empty(); text = log.read_more()) console.out(text);
  }
}

}  // namespace

run::ExitCode show_output(const CommandLine& line, const Surroundings& surroundings,
                          const run::Services& services, run::Console& console) {
  const auto found = find_run(line, surroundings, services, console);
  if (const auto* code = std::get_if<run::ExitCode>(&found)) return *code;
  const auto& submission = std::get<run::Submission>(found);
  const auto ranks = line.rank < 0 ? std::nullopt : ranks_of(submission);
  if (ranks && line.rank >= *ranks) {
    return show_error(
        line,
        {fmt::format("{} has no rank {}", submission.folder.id(), line.rank),
         *ranks == 1 ? "its only rank is 0" : fmt::format("its ranks are 0 to {}", *ranks - 1)},
        run::ExitCode::wrong_usage, console);
  }
  const auto files = files_of(submission, line.rank);
  if (line.format == Format::json) {
    console.out(output_json(submission, files));
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
