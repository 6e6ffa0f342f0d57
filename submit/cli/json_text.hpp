// What the commands write with --json.
#pragma once

#include <string>
#include <vector>

#include "submit/follow/follower.hpp"
#include "submit/follow/run_metrics.hpp"
#include "submit/follow/run_status.hpp"
#include "submit/input/key_value.hpp"
#include "submit/input/recipe.hpp"
#include "submit/input/site_values.hpp"
#include "submit/plan/inspection.hpp"
#include "submit/plan/plan.hpp"
#include "submit/run/exit_code.hpp"
#include "submit/run/online_check.hpp"

namespace chainer::cli {

/// A run of a list, as far as it is known.
struct ListedRun {
  std::string folder;
  std::optional<run::Submission> submission{};  ///< nothing: no job of it is known
  std::optional<follow::RunStatus> status{};
  std::string why_unknown{};
};

/// The error that ended a command. `folder` is that of a run that may have a job, or null.
std::string error_json(const Error& error, run::ExitCode code, const run::RunFolder* folder);
/// Text that a command line asked for: help, or the version.
std::string text_json(const std::string& text);
std::string findings_json(const plan::Inspection& inspection);
std::string render_json(const std::vector<Finding>& findings, const plan::Plan& plan,
                        const std::string& script);
/// What `check --online` found, and what it could not ask.
std::string online_json(const plan::Inspection& inspection, const run::ClusterAnswer& answer);
std::string online_error_json(const run::PinFailure& failure, const run::ClusterAnswer& answer);
std::string rendered_json(const run::RunFolder& folder);
std::string submission_json(const run::Submission& submission, const std::string& image,
                            const std::vector<run::NotLookedAt>& not_looked_at);
std::string ending_json(const run::Submission& submission, const follow::Ending& ending);
std::string status_json(const run::Submission& submission, const follow::RunStatus& status,
                        const follow::RunMetrics& metrics);
std::string runs_json(const std::vector<ListedRun>& runs);
/// The files that a run's output is in.
std::string output_json(const run::Submission& submission, const std::vector<std::string>& files);
std::string cancelled_json(const run::Submission& submission);
/// An estimator that was written for a person; `file` is empty where it was only shown.
std::string draft_json(const std::string& file, const std::string& text,
                       const plan::Inspection& inspection);
/// With the documents of a file, also each key's values in it.
std::string keys_json(const std::vector<input::ListedKey>& keys,
                      const std::optional<input::Documents>& documents = std::nullopt);
std::string versions_json(const std::vector<input::Recipe>& recipes,
                          const std::string& default_version);

/// A JSON Schema (2020-12) of the estimator's file, from the key table.
std::string estimator_schema();

/// The same for the site file.
std::string site_schema();
std::string site_values_json(const std::string& file, const std::vector<input::SiteValue>& values);

}  // namespace chainer::cli
