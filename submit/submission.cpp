#include "submit/submission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "submit/job_script.hpp"
#include "submit/json_text.hpp"
#include "submit/snapshot.hpp"
#include "submit/text_file.hpp"
#include "version.hpp"

namespace chainer {
namespace {

/// All files of a run but those that its job writes. `objects` is where snapshots share their
/// files.
Result<void> fill(const RunFolder& folder, const Plan& plan, const std::string& estimator_text,
                  const std::string& objects) {
  if (auto taken = take_snapshot(plan.source, objects, folder.source()); !taken) return taken;
  const std::pair<std::string, std::string> files[] = {
      {folder.estimator(), estimator_text},
      {folder.plan(), plan_json(plan)},
      {folder.requirements(), plan.requirements},
      {folder.build_constraints(), plan.build_constraints},
      {folder.script(), job_script(plan, folder.path())},
  };
  for (const auto& [path, text] : files) {
    if (path == folder.build_constraints() && text.empty()) continue;
    if (auto written = write_new_file(path, text); !written) return written;
  }
  return {};
}

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// sbatch --parsable writes `JOB` or `JOB;CLUSTER`.
Result<std::string> call_sbatch(const std::string& script, ProcessRunner& processes) {
  auto finished = processes.run({"sbatch", "--parsable", script},
                                without_slurm_settings(own_environment()), Errors::collected);
  if (!finished) {
    return std::move(finished).error().with_hint("chainer-submit runs where sbatch is on the PATH");
  }
  if (finished->code != 0) {
    return Error{fmt::format("sbatch refused the job: {}", without_line_end(finished->err)), "", 0,
                 Fault::try_again};
  }
  auto job = without_line_end(finished->out.substr(0, finished->out.find(';')));
  if (job.empty() || !std::ranges::all_of(job, [](char c) { return c >= '0' && c <= '9'; })) {
    return Error{fmt::format("sbatch wrote '{}' instead of a job's number", finished->out), "", 0,
                 Fault::defect};
  }
  return job;
}

std::string submission_json(const RunFolder& folder, const std::string& job, const Plan& plan,
                            const Request& request, std::time_t now) {
  const nlohmann::ordered_json json{{"run", folder.id()},
                                    {"job", job},
                                    {"submitted", now},
                                    {"file", request.file},
                                    {"overrides", request.overrides},
                                    {"image", text_of(plan.image)},
                                    {"chainer_submit", version}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<Submission> submit_run(const Plan& plan, const std::string& estimator_text,
                              const Request& request, const OwnRuns& runs, std::time_t now,
                              ProcessRunner& processes) {
  auto folder = RunFolder::create(runs, plan.name, now);
  if (!folder) return std::move(folder).error();
  const auto give_up = [&](Error error) {
    folder->remove();
    return error;
  };
  if (auto filled = fill(*folder, plan, estimator_text, runs.objects()); !filled) {
    return give_up(std::move(filled).error());
  }
  auto job = call_sbatch(folder->script(), processes);
  if (!job) return give_up(std::move(job).error());
  // The job is in the queue: an error from here on must not take its folder away.
  auto written =
      write_new_file(folder->submission(), submission_json(*folder, *job, plan, request, now));
  if (!written)
    return std::move(written).error().within(fmt::format("job {} is submitted, but", *job));
  return Submission{*std::move(folder), *std::move(job)};
}

Result<RunFolder> render_run(const Plan& plan, const std::string& estimator_text,
                             const std::string& path) {
  if (path.starts_with(plan.source.folder + "/")) {
    return Error{path + " lies in the source directory",
                 "name a folder outside of it: every run copies all of it", 0, Fault::user};
  }
  auto folder = RunFolder::create_at(path);
  if (!folder) return folder;
  // It may lie on another file system than the site's runs, which hard links do not reach.
  if (auto filled = fill(*folder, plan, estimator_text, path + "/objects"); !filled) {
    folder->remove();
    return std::move(filled).error();
  }
  std::error_code ignored;  // second names of what is in the snapshot: in nobody's way
  std::filesystem::remove_all(path + "/objects", ignored);
  return folder;
}

Result<Submission> load_submission(const std::string& folder) {
  RunFolder run(folder);
  auto text = read_text_file(run.submission());
  if (!text) {
    return Error{fmt::format("cannot read {}: {}", run.submission(), text.error().what),
                 "name a run by its folder, or by the name that submit showed", 0, Fault::user};
  }
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("job") || !json["job"].is_string()) {
    return Error{fmt::format("{} names no job", run.submission()), "", 0, Fault::user};
  }
  return Submission{std::move(run), json["job"].get<std::string>()};
}

}  // namespace chainer
