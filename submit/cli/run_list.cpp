#include "submit/cli/run_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "core/printable.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/cli/named_run.hpp"

namespace chainer::cli {
namespace {

using namespace std::chrono_literals;

// Between two looks at a run: for many of them there is less time than for one.
constexpr auto longest_pause = 50ms;

constexpr std::size_t usual_number = 10;

/// The folders of all runs, newest first.
Result<std::vector<std::string>> run_folders(const input::Site& site,
                                             const Surroundings& surroundings) {
  std::vector<std::pair<run::DatedRun, std::string>> found;
  for (const auto& runs : site.all_runs()) {
    TRY_ASSIGN(const auto own, open_runs(site, runs, surroundings));
    for (auto& run : own.newest(std::numeric_limits<std::size_t>::max())) {
      auto folder = own.path() + "/" + run.name;
      found.emplace_back(std::move(run), std::move(folder));
    }
  }
  std::ranges::sort(found, std::greater<>());
  std::vector<std::string> folders;
  for (auto& [run, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

/// Looks at runs one after the other, and asks Slurm no more once it has not answered.
class Look {
 public:
  explicit Look(const run::Services& services) : services_(services) {}

  ListedRun at(const std::string& folder) {
    ListedRun run{folder};
    auto submission = run::load_submission(folder, services_.processes);
    if (!submission) {
      run.why_unknown = submission.error().what;
      return run;
    }
    run.submission = *std::move(submission);
    if (!silence_.empty() && !run.submission->folder.is_local()) {
      run.why_unknown = silence_;
      return run;
    }
    auto status = follow::look_at(*run.submission, services_, longest_pause);
    if (status)
      run.status = *std::move(status);
    else
      run.why_unknown = silence_ = status.error().what;
    return run;
  }

  bool was_answered() const { return silence_.empty(); }

 private:
  const run::Services& services_;
  std::string silence_{};
};

/// What there is to say in one line: how a run ended begins with its own "done: " or "failed: ", and
/// where its log lies `status` tells.
std::string words_of(const ListedRun& run) {
  if (!run.status) return "unknown: " + printable(run.why_unknown);
  const auto& [phase, sentence, state, record] = *run.status;
  const auto words = printable(sentence.substr(0, sentence.find("; log ")));
  return phase >= follow::Phase::done ? words
                                      : fmt::format("{}: {}", follow::name_of(phase), words);
}

std::string runs_text(const std::vector<ListedRun>& runs) {
  const auto job_of = [](const ListedRun& run) {
    if (!run.submission) return std::string("-");
    return run.submission->folder.is_local() ? std::string("local") : run.submission->job;
  };
  std::size_t width = 0, job_width = 0;
  for (const auto& run : runs) {
    width = std::max(width, run::RunFolder(run.folder).id().size());
    job_width = std::max(job_width, job_of(run).size());
  }
  std::string text;
  for (const auto& run : runs) {
    text += fmt::format("{:<{}}  {:>{}}  {}\n", printable(run::RunFolder(run.folder).id()), width,
                        job_of(run), job_width, words_of(run));
  }
  return text;
}

}  // namespace

run::ExitCode list_runs(const CommandLine& line, const Surroundings& surroundings,
                        const run::Services& services, run::Console& console) {
  const auto site = site_for(line, surroundings, console);
  if (!site) return run::ExitCode::wrong_input;
  auto folders = run_folders(*site, surroundings);
  if (!folders)
    return show_error(line, folders.error(), run::exit_code_of(folders.error().fault), console);
  const auto count = folders->size();
  folders->resize(std::min(count, line.most_runs.value_or(usual_number)));
  Look look(services);
  std::vector<ListedRun> runs;
  for (const auto& folder : *folders) {
    if (!services.pause.wait(0ms)) return run::ExitCode::interrupted;
    runs.push_back(look.at(folder));
  }
  console.out(line.format == Format::json ? runs_json(runs) : runs_text(runs));
  if (count == 0) console.err("chainer-submit: you have no runs here yet\n");
  if (runs.size() < count && !line.most_runs) {
    console.err(fmt::format("chainer-submit: the newest {} of {}: --newest N shows more\n",
                            runs.size(), count));
  }
  return look.was_answered() ? run::ExitCode::done : run::ExitCode::try_again;
}

}  // namespace chainer::cli
