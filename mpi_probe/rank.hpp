// One rank of the probe: everything that is done with the MPI.
#pragma once

#include <functional>
#include <string>

#include "core/mpi_report/mpi_report.hpp"
#include "mpi_probe/library_search.hpp"

namespace chainer::mpi_probe {

/// How many ranks Slurm started in this step; 1 outside of one.
int ranks_of_step();

/// Measures with the ranks of the step, or says that they are not one world. `stage` is called with
/// what comes next, such as "MPI_Init".
MpiReport measure_as_rank(FoundMpi found, const std::string& host,
                          const std::function<void(const std::string&)>& stage);

}  // namespace chainer::mpi_probe
