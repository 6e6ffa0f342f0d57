// A run on this machine, as Slurm would know a job: its number is that of its script's process, and
// it goes on as long as somebody holds the lock in its folder.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::run {

/// Starts the run's script in a session of its own, so that it goes on when this program ends. The
/// number of its process.
Result<std::string> start_local_job(const RunFolder& folder,
                                    const std::vector<std::string>& environment);

/// What squeue would answer: RUNNING, how it ended, or nothing for one that left no word.
JobStates local_job_states(const RunFolder& folder, const std::string& job);

/// Whether the run goes on.
bool is_alive(const RunFolder& folder);

/// The number of the process that runs or ran it last; empty when none did.
std::string number_of_local_job(const RunFolder& folder);

/// Asks it to end; an error when it runs on another machine. Nothing happens to one that is over.
Result<void> cancel_local_job(const RunFolder& folder);

}  // namespace chainer::run
