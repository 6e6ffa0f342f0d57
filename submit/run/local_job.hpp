// A run on this machine, in the way that Slurm knows a job: its number is that of its script's
// process, and it goes on as long as somebody holds the lock in its folder.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::run {

/// Starts the run's script in a session of its own, so that it goes on when this program ends.
/// Gives the number of its process.
Result<std::string> start_local_job(const RunFolder& folder,
                                    const std::vector<std::string>& environment);

/// What squeue would answer: RUNNING, how the run ended, or nothing for one that left no record.
JobStates local_job_states(const RunFolder& folder, const std::string& job);

/// Whether the run is still going on.
bool is_alive(const RunFolder& folder);

/// The number of the process that runs it, or ran it last; empty when none did.
std::string number_of_local_job(const RunFolder& folder);

/// Whether a run was asked to end, or had ended before.
enum class Cancelled { was_asked, was_over };

/// Asks the run to end; an error when it runs on another machine, or is another account's.
Result<Cancelled> cancel_local_job(const RunFolder& folder);

}  // namespace chainer::run
