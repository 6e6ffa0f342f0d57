#include "submit/run/submission.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>

#include "core/environment_files.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"
#include "core/take_part.hpp"
#include "core/text_file.hpp"
#include "submit/plan/plan_json.hpp"
#include "submit/run/guarded_folder.hpp"
#include "submit/run/image_pin.hpp"
#include "submit/run/job_script.hpp"
#include "submit/run/local_job.hpp"
#include "submit/run/local_script.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/quoting.hpp"
#include "submit/run/registry_credentials.hpp"
#include "submit/run/sbatch.hpp"
#include "submit/run/snapshot.hpp"
#include "submit/run/submission_record.hpp"

namespace chainer::run {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_sbatch = 10s;  // before the person is told what is waited for
constexpr int questions_to_queue = 3;

/// Says once a second how far a snapshot is that takes longer than that.
class TellOfCopy {
 public:
  explicit TellOfCopy(Console& console) : console_(console) {}

  void operator()(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < 1s) return;
    told_ = now;
    constexpr std::uint64_t mb = 1'000'000;
    console_.err(fmt::format("chainer-submit: source_directory: {} of {} MB copied\n", done / mb,
                             total / mb));
  }

 private:
  Console& console_;
  std::chrono::steady_clock::time_point told_{std::chrono::steady_clock::now()};
};

Digest digest_of(std::string_view text) {
  Sha256 sha;
  sha.update(text);
  return sha.finish();
}

Result<void> write_compat(const RunFolder& folder) {
  const auto package = folder.compat() + "/azureml";
  std::error_code failure;
  std::filesystem::create_directories(package + "/core", failure);
  if (failure) return Error::from_errno("cannot make " + package + "/core", failure.value());
  const std::pair<std::string, std::string_view> files[] = {
      {package + "/__init__.py", compat_package},
      {package + "/core/__init__.py", compat_core},
      {package + "/core/run.py", compat_run},
  };
  for (const auto& [path, text] : files) {
    TRY(write_new_file(path, text));
  }
  return {};
}

/// All files of a run except those that its job writes. `objects` is where snapshots share their
/// files.
Result<void> fill(const RunFolder& folder, const plan::Plan& plan,
                  const std::string& estimator_text, const std::string& objects,
                  const std::string& credentials, Console& console) {
  TRY(take_snapshot(plan.source, objects, folder.source(), TellOfCopy(console)));
  const auto packages = plan.conda.empty() ? folder.requirements() : folder.conda();
  const auto build_constraints = packages + std::string(build_constraints_suffix);
  const auto startup = packages + std::string(startup_suffix);
  const auto base_lock = base_lock_of(packages);
  const std::pair<std::string, std::string> files[] = {
      {folder.estimator(), estimator_text},
      {folder.plan(), plan::plan_json(plan)},
      {packages, plan.conda.empty() ? plan.requirements : plan.conda},
      {build_constraints, plan.build_constraints},
      {startup, plan.startup},
      {base_lock, plan.base_lock},
      {folder.functions(), std::string(run_functions)},
      {folder.rank_program(), std::string(rank_program)},
      {folder.stage_program(), plan.downloads.empty() ? "" : std::string(stage_program)},
      {plan.is_local ? folder.local_script() : folder.script(), script_of(plan, folder.path())},
      {folder.ranks_program(), plan.is_local ? std::string(ranks_program) : ""},
  };
  for (const auto& [path, text] : files) {
    const bool may_be_missing = path == build_constraints || path == startup || path == base_lock ||
                                path == folder.stage_program() || path == folder.ranks_program();
    if (may_be_missing && text.empty()) continue;
    TRY(write_new_file(path, text));
  }
  if (plan.compat) TRY(write_compat(folder));
  return credentials.empty() ? Result<void>() : keep_credentials(folder, credentials);
}

/// The file that marks a run's submission as unsettled.
std::string marker_of(const OwnRuns& runs, const RunFolder& folder) {
  return runs.unsettled() + "/" + folder.id();
}

Result<void> mark_unsettled(const OwnRuns& runs, const RunFolder& folder) {
  TRY(open_own_folder(runs.fd(), ".unsettled", runs.unsettled()));
  return write_new_file(marker_of(runs, folder), "");
}

/// The array that the run's script asks for, which a person may have edited; empty: none.
std::string array_of(const RunFolder& folder) {
  constexpr std::string_view option = "\n#SBATCH --array=";
  const auto script = read_text_file(folder.script());
  const auto at = script ? script->find(option) : std::string::npos;
  if (at == std::string::npos) return {};
  auto rest = std::string_view(*script).substr(at + option.size());
  return std::string(take_line(rest));
}

/// The largest number of a job that left something in the run's folder.
std::string job_that_started(const RunFolder& folder) {
  long newest = 0;
  std::error_code unreadable;  // then no job has started
  for (const auto& entry : std::filesystem::directory_iterator(folder.attempts(), unreadable)) {
    const auto name = entry.path().filename().string();
    long job = 0;
    std::from_chars(name.data(), name.data() + name.size(), job);
    newest = std::max(newest, job);
  }
  return newest > 0 ? std::to_string(newest) : std::string();
}

bool is_anothers(const RunFolder& folder) {
  struct stat status {};
  return ::stat(folder.path().c_str(), &status) == 0 && status.st_uid != ::geteuid();
}

/// How a run's script is started by hand. Nobody is told to start another account's.
std::string start_by_hand(const RunFolder& folder, const std::vector<std::string>& command,
                          std::string_view does) {
  if (is_anothers(folder)) return "its account can send it";
  return fmt::format("{} {}", shell_words(command), does);
}

/// The newest job of the run, from Slurm's list or from what it left.
std::string find_job(const RunFolder& folder, const JobsByFolder& jobs) {
  const auto found = jobs.find(folder.path());
  return found != jobs.end() ? found->second.back() : job_that_started(folder);
}

/// Waits for sbatch as long as it takes. Nothing when Ctrl-C was pressed, which also ends sbatch.
std::optional<Finished> wait_for_sbatch(RunningProcess& sbatch, Pause& pause, Console& console) {
  auto told = 0s;
  for (auto waited = 0ms;; waited += between_looks) {
    if (auto finished = sbatch.wait(between_looks)) return finished;
    if (!pause.wait(0ms)) return std::nullopt;
    if (told > 0s || waited < patience_with_sbatch) continue;
    told = patience_with_sbatch;
    console.err(fmt::format("chainer-submit: sbatch has not answered for {} s, waiting on\n",
                            told.count()));
  }
}

/// The submitting shell's environment. A run without a PATH would find no program.
std::vector<std::string> environment_of_run(const plan::Plan& plan) {
  auto environment = without_password(without_slurm_settings(own_environment()), plan);
  const bool has_path = std::ranges::any_of(
      environment, [](const std::string& variable) { return variable.starts_with("PATH="); });
  if (!has_path) environment.push_back("PATH=/usr/local/bin:/usr/bin:/bin");
  return environment;
}

/// What sbatch passes on to the job: that, and where chainer-node is, which plans on the nodes how
/// the processes are bound.
std::vector<std::string> environment_of_job(const plan::Plan& plan) {
  auto environment = environment_of_run(plan);
  if (plan.allocation.binding == "auto")
    environment.push_back("CHAINER_SUBMIT_NODE=" + find_chainer_node());
  return environment;
}

/// Asks sbatch, and then the queue where sbatch's answer leaves the question open.
class Asking {
 public:
  Asking(const RunFolder& folder, const plan::Plan& plan, ProcessRunner& processes, Pause& pause,
         Console& console)
      : folder_(folder), plan_(plan), processes_(processes), pause_(pause), console_(console) {}

  std::variant<Accepted, SubmitFailure> ask() {
    if (!pause_.wait(0ms)) return interrupted();
    auto sbatch =
        processes_.start({"sbatch", "--parsable", folder_.script()}, environment_of_job(plan_));
    if (!sbatch) {
      return SubmitFailure{
          ExitCode::try_again,
          std::move(sbatch).error().with_hint("chainer-submit runs where sbatch is on the PATH"),
          std::nullopt};
    }
    const auto finished = wait_for_sbatch(**sbatch, pause_, console_);
    if (!finished) return interrupted();
    auto answer = read_sbatch(*finished);
    if (auto* accepted = std::get_if<Accepted>(&answer)) return std::move(*accepted);
    return settle(answer, finished->err);
  }

 private:
  std::variant<Accepted, SubmitFailure> settle(const SbatchAnswer& answer,
                                               const std::string& said) {
    const auto* refused = std::get_if<Refused>(&answer);
    for (int question = 0; question < questions_to_queue; ++question) {
      if (question > 0 && !pause_.wait(1s)) return interrupted();
      const auto jobs = list_own_jobs(processes_, patience_with_queue);
      const auto* known = std::get_if<JobsByFolder>(&jobs);
      if (known && known->contains(folder_.path())) {
        return Accepted{known->at(folder_.path()).back(), said};
      }
      if (known && refused) break;  // two that agree
    }
    if (refused) return refusal(refused->why);
    return unclear(std::get<Unclear>(answer).why);
  }

  SubmitFailure refusal(const std::string& why) const {
    return {ExitCode::try_again,
            {fmt::format("sbatch refused the job: {}", why), "", 0, Fault::try_again},
            folder_,
            Refused{why}};
  }

  SubmitFailure unclear(const std::string& why) const {
    return {ExitCode::try_again,
            {fmt::format("the job may be queued, nobody knows: {}", why), find_out(), 0,
             Fault::try_again},
            folder_};
  }

  SubmitFailure interrupted() const {
    return {ExitCode::interrupted,
            {"interrupted while sbatch was asked: the job may be queued", find_out()},
            folder_};
  }

  std::string find_out() const {
    return fmt::format("chainer-submit follow {} finds out", folder_.id());
  }

  const RunFolder& folder_;
  const plan::Plan& plan_;
  ProcessRunner& processes_;
  Pause& pause_;
  Console& console_;
};

/// The environment of the script of a run on this machine. Of our own settings, only those for
/// chainer-node are kept.
std::vector<std::string> environment_of_local_run(const plan::Plan& plan) {
  const auto own = own_environment();
  auto environment = environment_of_run(plan);
  std::ranges::copy_if(own, std::back_inserter(environment), [](const std::string& variable) {
    return variable.starts_with("CHAINER_SUBMIT_TOOLS=") ||
           variable.starts_with("CHAINER_SUBMIT_UNPACK=");
  });
  environment.push_back("CHAINER_SUBMIT_NODE=" + find_chainer_node());
  return environment;
}

/// Writes down a job that there is. It goes on where that fails, so the submission does too: it
/// would be repeated otherwise. The job is found again by what it leaves, and by its folder.
bool note_job(const RunFolder& folder, SubmissionRecord record, const std::string& job,
              Console& console) {
  record.state = SubmissionState::submitted;
  record.job = job;
  const auto written = write_submission(folder, record);
  if (!written) {
    console.err(
        fmt::format("chainer-submit: warning: {} was submitted all the same, but {}\n"
                    "next: make room there; do not submit it again\n",
                    folder.id(), written.error().what));
  }
  return written.has_value();
}

/// Starts the run here; removes its folder again when it cannot be started.
Result<Submission> start_here(RunFolder folder, const plan::Plan& plan, SubmissionRecord record,
                              Console& console) {
  auto job = start_local_job(folder, environment_of_local_run(plan));
  if (!job) {
    folder.remove();
    return std::move(job).error();
  }
  note_job(folder, std::move(record), *job, console);
  return Submission{std::move(folder), *std::move(job), "", ""};
}

}  // namespace

std::variant<Submission, SubmitFailure> submit_run(const plan::Plan& plan,
                                                   const std::string& estimator_text,
                                                   const plan::Request& request,
                                                   const OwnRuns& runs, const Services& services,
                                                   Console& console,
                                                   const std::string& credentials) {
  const auto failed = [](Error error) {
    if (error.error_number == ENOSPC || error.error_number == EDQUOT) {
      error.hint = "make room there, or ask for more of it, and submit again";
    }
    const auto code = exit_code_of(error.fault);
    return SubmitFailure{code, std::move(error), std::nullopt};
  };
  auto folder = RunFolder::create(runs, plan.name, services.now);
  if (!folder) return failed(std::move(folder).error());
  SubmissionRecord record{SubmissionState::submitting,
                          "",
                          services.now,
                          request.file,
                          request.overrides,
                          plan::text_of(plan.image),
                          plan.job_template ? plan.job_template->file : "",
                          digest_of(template_of(plan)).to_string(),
                          git_state(plan.source.folder, services.processes),
                          plan.target};
  auto ready = fill(*folder, plan, estimator_text, runs.objects(), credentials, console);
  if (ready) ready = write_submission(*folder, record);
  if (ready && !plan.is_local) ready = mark_unsettled(runs, *folder);
  if (ready && !credentials.empty()) ready = mark_credentials(runs, *folder);
  if (!ready) {
    folder->remove();  // no job can need it yet
    return failed(std::move(ready).error());
  }

  if (plan.is_local) {
    auto started = start_here(*std::move(folder), plan, std::move(record), console);
    if (!started) return failed(std::move(started).error());
    return *std::move(started);
  }
  // From here on there may be a job, whatever is heard of it, so its folder stays.
  auto answer = Asking(*folder, plan, services.processes, services.pause, console).ask();
  if (auto* failure = std::get_if<SubmitFailure>(&answer)) {
    if (!failure->refused) return std::move(*failure);
    drop_credentials(*folder);
    record.state = SubmissionState::refused;
    if (write_submission(*folder, record)) ::unlink(marker_of(runs, *folder).c_str());
    return std::move(*failure);
  }
  auto& accepted = std::get<Accepted>(answer);
  if (note_job(*folder, std::move(record), accepted.job, console)) {
    ::unlink(marker_of(runs, *folder).c_str());
  }
  return Submission{*std::move(folder), std::move(accepted.job), std::move(accepted.said),
                    plan.allocation.array};
}

Result<RunFolder> render_run(const plan::Plan& plan, const std::string& estimator_text,
                             const std::string& path, Console& console,
                             const std::string& credentials) {
  if (path.starts_with(plan.source.folder + "/")) {
    return Error{path + " lies in the source directory",
                 "name a folder outside of it: every run copies all of it", 0, Fault::user};
  }
  TRY_ASSIGN(auto folder, RunFolder::create_at(path));
  // The folder may lie on another file system than the site's runs, from where their objects cannot
  // be reached.
  if (auto filled = fill(folder, plan, estimator_text, "", credentials, console); !filled) {
    folder.remove();
    return std::move(filled).error();
  }
  return folder;
}

void settle_interrupted(const OwnRuns& runs, const Services& services, Console& console) {
  std::error_code none;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(runs.unsettled(), none)) {
    names.push_back(entry.path().filename().string());
  }
  if (names.empty()) return;
  const auto answer = list_own_jobs(services.processes, patience_with_queue);
  const auto* jobs = std::get_if<JobsByFolder>(&answer);
  if (!jobs) return;  // the next submission tries again
  std::ranges::sort(names);
  for (const auto& name : names) {
    const RunFolder folder(runs.path() + "/" + name);
    const auto record = read_submission(folder);
    if (!record || !*record) {
      ::unlink(marker_of(runs, folder).c_str());  // the user has removed the run
      continue;
    }
    auto settled = **record;
    if (settled.state == SubmissionState::submitting) settled.job = find_job(folder, *jobs);
    if (!settled.job.empty()) {
      settled.state = SubmissionState::submitted;
    } else if (std::chrono::seconds(services.now - settled.asked) < longest_submission) {
      continue;  // its sbatch may still be at work
    } else {
      settled.state = SubmissionState::refused;
    }
    if (!write_submission(folder, settled)) continue;
    ::unlink(marker_of(runs, folder).c_str());
    console.err(
        settled.job.empty()
            ? fmt::format("chainer-submit: the run {} was interrupted, and never reached the "
                          "queue\n",
                          name)
            : fmt::format("chainer-submit: the run {} was interrupted, and is job {}\n", name,
                          settled.job));
  }
}

/// A run on this machine has no queue to get lost in.
static Result<Submission> load_local(RunFolder folder) {
  auto job = number_of_local_job(folder);
  if (!job.empty()) return Submission{std::move(folder), std::move(job), "", ""};
  return Error{fmt::format("{} was never started", folder.id()),
               start_by_hand(folder, {"bash", folder.local_script()}, "starts it"), 0,
               Fault::try_again};
}

Result<Submission> load_submission(const std::string& path, ProcessRunner& processes) {
  RunFolder folder(path);
  if (folder.is_local()) return load_local(std::move(folder));
  TRY_ASSIGN(auto record, read_submission(folder));
  const bool sent = record.has_value();
  if (sent && record->state == SubmissionState::submitted) {
    auto array = array_of(folder);
    return Submission{std::move(folder), record->job, "", std::move(array)};
  }
  if (!sent && ::access(folder.script().c_str(), R_OK) != 0) {
    return Error{fmt::format("there is no run at {}", path),
                 "name a run by its folder, or by the name that submit showed", ENOENT,
                 Fault::user};
  }
  const auto answer = list_own_jobs(processes, patience_with_queue);
  const auto* jobs = std::get_if<JobsByFolder>(&answer);
  auto job = jobs ? find_job(folder, *jobs) : job_that_started(folder);
  if (!job.empty()) {
    // Where others can exchange the folder it may be any by now.
    if (sent && is_own_folder(folder.path())) {
      record->state = SubmissionState::submitted;
      record->job = job;
      TRY(write_submission(folder, *record));
    }
    auto array = array_of(folder);
    return Submission{std::move(folder), std::move(job), "", std::move(array)};
  }
  if (!jobs) {
    return Error{fmt::format("the job of {} may be queued, nobody knows: {}", folder.id(),
                             std::get<NoAnswer>(answer).why),
                 "try again when Slurm answers", 0, Fault::try_again};
  }
  const auto next = [&](std::string_view does) {
    return start_by_hand(folder, {"sbatch", folder.script()}, does);
  };
  if (!sent) {
    return Error{fmt::format("{} was made by render, and no job of it is known", folder.id()),
                 next("sends it"), 0, Fault::try_again};
  }
  if (record->state == SubmissionState::refused) {
    return Error{fmt::format("{} never reached the queue", folder.id()), next("sends it again"), 0,
                 Fault::try_again};
  }
  return Error{fmt::format("Slurm knows no job of {}: its submission was interrupted, or is not "
                           "through yet",
                           folder.id()),
               "look again in a minute; when it is still so, " + next("sends it"), 0,
               Fault::try_again};
}

}  // namespace chainer::run
