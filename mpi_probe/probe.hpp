// A rank, and the process that watches it.
#pragma once

#include <functional>

#include "core/mpi_report/mpi_report.hpp"
#include "mpi_probe/command_line.hpp"

namespace chainer::mpi_probe {

struct Probed {
  MpiReport report;
  ExitCode code{ExitCode::measured};
};

/// Lets a child be the rank: an MPI that fails ends its process, says why where nobody looks, or
/// hangs. What goes wrong is a problem in the report. `tell_early` gets a report with what the MPI
/// complains of, when it does: what comes after that may be the end of this process too.
using TellEarly = std::function<void(const MpiReport&)>;
Probed probe_mpi(const CommandLine& line, const TellEarly& tell_early);

}  // namespace chainer::mpi_probe
