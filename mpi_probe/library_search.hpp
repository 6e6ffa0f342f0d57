// Finds the MPI of the machine, or of the image, that the probe runs in.
#pragma once

#include <memory>
#include <string>

#include "mpi_probe/mpi.hpp"

namespace chainer::mpi_probe {

struct FoundMpi {
  std::unique_ptr<Mpi> mpi;
  std::string family;  ///< "Open MPI" or "MPICH"
  std::string file;
};

/// Loads `wanted`; where that is empty, the MPI whose mpirun the PATH leads to, else what the
/// loader finds, else what lies in the folders of distributions. An Error with Fault::user: there
/// is none.
Result<FoundMpi> find_mpi(const std::string& wanted);

}  // namespace chainer::mpi_probe
