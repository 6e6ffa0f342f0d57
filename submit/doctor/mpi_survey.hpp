// The MPI probe in one job over several nodes, outside of a container and inside of one.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/health.hpp"
#include "core/mpi_report/mpi_report.hpp"
#include "submit/run/slurm_question.hpp"

namespace chainer::doctor {

struct MpiOrder {
  std::string probe;  ///< the program, by its path on the nodes
  std::string image;
  std::string mpi;  ///< of srun --mpi
  int nodes{2};
  std::vector<std::string> asked{};  ///< salloc's options that say where, such as --partition
};

/// What the probe said in both places; nothing: it did not come to measure anything there.
struct MpiSurvey {
  std::optional<MpiReport> outside{}, inside{};
  HealthFindings findings{};
};

/// Allocates the nodes and starts the probe in turns in both places, several times. Unanswered:
/// there was no job, or it was interrupted.
std::variant<MpiSurvey, run::Unanswered> survey_mpi(const MpiOrder& order,
                                                    const run::Services& services,
                                                    run::Console& console);

/// The reports and findings in what the job printed.
MpiSurvey read_mpi_job(std::string_view out);

}  // namespace chainer::doctor
