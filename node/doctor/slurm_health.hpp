// How Slurm is set up, as far as containers depend on it.
#pragma once

#include <string>
#include <vector>

#include "core/health.hpp"
#include "node/doctor/program_health.hpp"

namespace chainer::doctor {

struct SlurmFacts {
  std::string silence;  ///< why the controller was not asked, or did not answer
  std::string proctrack{};
  std::string task_plugins{};
  bool has_cgroups{false};  ///< this machine has mounted a hierarchy, v1 or v2
  std::vector<std::string> mpi_types{};
  std::string mpi_silence{};  ///< why srun does not name them
};

SlurmFacts look_at_slurm();
HealthFindings check_slurm(const SlurmFacts& slurm);

/// The types that `srun --mpi=list` names; it says "specific pmix plugin versions available: …" too.
std::vector<std::string> mpi_types_in(const std::string& said);

}  // namespace chainer::doctor
