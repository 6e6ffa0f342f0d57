// What a run's folder says about its submission: submission.json.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "submit/run/git_state.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::run {

enum class SubmissionState {
  submitting,  ///< sbatch was asked, and its answer is not written yet: there may be a job
  submitted,   ///< `job` is its number
  refused,     ///< sbatch said no
};

struct SubmissionRecord {
  SubmissionState state{SubmissionState::submitting};
  std::string job;  ///< Slurm's number; empty unless submitted
  std::time_t asked{0};
  std::string file;
  std::vector<std::string> overrides;
  std::string image;
  std::string template_file{};    ///< empty: the program's own
  std::string template_digest{};  ///< of the template's text
  std::optional<GitState> git{};  ///< of the source folder
  std::string target{};           ///< "local" for a run on this machine
};

/// Writes the record, replacing an older one.
Result<void> write_submission(const RunFolder& folder, const SubmissionRecord& record);

/// Nothing when the folder has no record: no sbatch of ours was asked for it.
Result<std::optional<SubmissionRecord>> read_submission(const RunFolder& folder);

}  // namespace chainer::run
