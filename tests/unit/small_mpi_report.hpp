// A report of the MPI probe, with something of everything.
#pragma once

#include "core/mpi_report/mpi_report.hpp"

namespace chainer {

inline MpiReport small_mpi_report() {
  MpiReport report{"1.2.3", 0, {"n1", "n2"}};
  report.family = "Open MPI";
  report.library = "Open MPI v4.1.4, package: Debian OpenMPI";
  report.file = "/usr/lib/libmpi.so.40.30.4";
  report.pmix = "4.2.2";
  report.pmix_of_slurm = "3.2.3";
  report.layer = "ob1";
  report.ways = {{"tcp", "eth0"}};
  report.networks = {{"mlx5_0", "InfiniBand", "200 Gb/sec (4X HDR)", false}};
  report.ping_pong = {{8, 10}, {4194304, 1000}};
  report.allreduce = {{8, 20}};
  return report;
}

}  // namespace chainer
