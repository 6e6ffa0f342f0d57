// The credentials of a run's registry: read when it is submitted, kept in the run's folder until its
// nodes have the image.
#pragma once

#include <string>

#include "submit/plan/plan.hpp"
#include "submit/run/run_folder.hpp"
#include "submit/run/services.hpp"

namespace chainer::run {

/// The text of docker's auth.json for a login; empty for a run without one. `environment` holds the
/// variable that password_env names. Errors are the user's.
Result<std::string> read_credentials(const plan::Plan& plan,
                                     const std::vector<std::string>& environment);

/// `environment` without the variable that password_env names: sbatch would pass it on to the job.
std::vector<std::string> without_password(std::vector<std::string> environment,
                                          const plan::Plan& plan);

/// Writes the credentials into a run's folder, for its user alone.
Result<void> keep_credentials(const RunFolder& folder, const std::string& credentials);

/// Removes them again.
void drop_credentials(const RunFolder& folder);

/// Notes that a run among these has credentials in its folder.
Result<void> mark_credentials(const OwnRuns& runs, const RunFolder& folder);

/// Removes the credentials of runs that no job in the queue belongs to any more. A job's script
/// removes its own; this is for jobs that were cancelled before they started, or killed.
void drop_old_credentials(const OwnRuns& runs, const Services& services);

}  // namespace chainer::run
