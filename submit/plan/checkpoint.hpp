// The checkpoint that a run starts from, and the run that wrote it.
#pragma once

#include <optional>
#include <string>

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

struct Checkpoint {
  std::string path;  ///< absolute
  bool is_there{false};
  std::string run{};           ///< the run of ours that wrote it; empty: unknown
  std::optional<int> ranks{};  ///< how many processes that run had
  std::string meant{};         ///< another path, where it is not there
};

/// Looks for the checkpoint, and for the plan.json of a run above it.
Checkpoint find_checkpoint(std::string path);

/// Reports a checkpoint that is missing, or that was written by another number of processes:
/// ChainerMN's checkpointer would silently start from the beginning.
void check_checkpoint(const input::Estimator& estimator, const Checkpoint& checkpoint, int ranks,
                      toml::Report& report);

/// The argument that names the checkpoint to the script; empty without one. Reports a flag that
/// script_params holds too.
ArgumentGroup checkpoint_argument(const input::Estimator& estimator, const Checkpoint& checkpoint,
                                  toml::Report& report);

}  // namespace chainer::plan
