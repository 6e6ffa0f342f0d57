// The PMIx that an MPI has loaded into this process.
#pragma once

#include <string>

namespace chainer::mpi_probe {

/// Its version, such as "4.2.2"; "inside of Open MPI" where that brings one that does not say more;
/// empty: there is none. To be asked after MPI_Init.
std::string loaded_pmix();

}  // namespace chainer::mpi_probe
