// Which step this is and whose: everything that a hook learns from SPANK, once.
#pragma once

#include <cstdint>
#include <string>

#include "spank_plugin/pmix_folders.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {

// Steps that are not a user's srun (slurm.h: SLURM_BATCH_SCRIPT, SLURM_EXTERN_CONT,
// SLURM_INTERACTIVE_STEP; the same since 20.11).
inline constexpr std::uint32_t batch_step = 0xfffffffb;
inline constexpr std::uint32_t extern_step = 0xfffffffc;
inline constexpr std::uint32_t interactive_step = 0xfffffffa;

enum class StepKind {
  tasks,     ///< an srun's
  script,    ///< a batch script, or the shell of an interactive salloc
  external,  ///< what Slurm keeps for processes that it did not start
};
StepKind kind_of(std::uint32_t step_id);

/// `12.0`, `12.batch`
std::string name_of_step(std::uint32_t job_id, std::uint32_t step_id);

struct Step {
  std::uint32_t job_id{0};
  std::uint32_t step_id{0};
  std::uint32_t restart_count{0};
  std::uint32_t node_number{0};  ///< of the node among the step's
  std::string node;              ///< Slurm's name of the node
  std::string host;              ///< the node's short host name
  Account account{};             ///< the job's user
  char** environment{};          ///< the job's; SPANK's own array, valid during the hook
  std::string script_folder;     ///< where the batch script lies; empty outside the batch step
  PmixFolders pmix;

  /// `node n1, step 12.0`: how every message starts.
  std::string label() const;
  /// `12.0`, `12.batch`
  std::string id() const;
};

}  // namespace chainer
