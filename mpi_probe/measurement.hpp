// What ranks that see each other measure of the way between them.
#pragma once

#include <vector>

#include "core/mpi_report/mpi_report.hpp"
#include "mpi_probe/mpi.hpp"

namespace chainer::mpi_probe {

/// The names of all ranks' hosts; every rank calls this, and rank 0 gets the answer.
std::vector<std::string> hosts_of_ranks(Mpi& mpi, const std::string& own);

/// Messages between ranks 0 and 1 while the others wait; the answer is rank 0's. An Error when
/// something else arrived than was sent.
Result<std::vector<MpiTime>> measure_ping_pong(Mpi& mpi);

/// Sums over all ranks; the answer is rank 0's. An Error when a sum was wrong.
Result<std::vector<MpiTime>> measure_allreduce(Mpi& mpi);

}  // namespace chainer::mpi_probe
