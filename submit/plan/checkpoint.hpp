// A checkpoint that a run goes on from, and the run that wrote it.
#pragma once

#include <optional>
#include <string>

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

struct Checkpoint {
  std::string path;  ///< absolute
  bool is_there{false};
  std::string run{};           ///< of ours that wrote it; empty: unknown
  std::optional<int> ranks{};  ///< how many processes that run had
};

/// Looks for it, and for the plan.json of a run above it.
Checkpoint find_checkpoint(std::string path);

/// Reports a checkpoint that is missing, or that another number of processes wrote: ChainerMN's
/// checkpointer would begin anew without a word.
void check_checkpoint(const input::Estimator& estimator, const Checkpoint& checkpoint, int ranks,
                      toml::Report& report);

/// The argument that names it to the script; empty without one. Reports a flag that script_params
/// holds too.
ArgumentGroup checkpoint_argument(const input::Estimator& estimator, const Checkpoint& checkpoint,
                                  toml::Report& report);

}  // namespace chainer::plan
