// What Slurm says about a job, asked through squeue.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "submit/process.hpp"

namespace chainer {

struct JobState {
  std::string state;   ///< PENDING, RUNNING, … as squeue writes it
  std::string reason;  ///< why it waits or ended, in Slurm's word
  std::string nodes;
};

/// Slurm has forgotten the job: it ended longer ago than MinJobAge, or never was.
struct UnknownJob {};

/// squeue gave no answer: the controller is out of reach.
struct NoAnswer {
  std::string why;
};

std::variant<JobState, UnknownJob, NoAnswer> ask_queue(const std::string& job,
                                                       ProcessRunner& processes);

/// True for the states that a job does not leave.
bool is_final(std::string_view state);

/// Slurm's reason in a person's words; empty for one that says nothing, or that is not known.
std::string_view explain_reason(std::string_view reason);

/// "was cancelled", "ran out of time": how a final state other than COMPLETED and FAILED came
/// about.
std::string_view explain_state(std::string_view state);

}  // namespace chainer
