// The handles of MPICH, Intel MPI and MVAPICH are numbers, which the three agreed on in 2013 (the
// MPICH ABI Compatibility Initiative).
#include <cstdint>

#include "mpi_probe/mpi_calls.hpp"

namespace chainer::mpi_probe {
namespace {

constexpr Handles<int> handles_of_mpich(void* no_status) {
  return {0x44000000, 0x4c00010d, 0x4c00080b, 0x58000003, no_status};
}

/// Each of the family says its name; another MPI may have other numbers.
bool is_of_this_family(const std::string& version) {
  for (const char* name : {"MPICH", "Intel(R) MPI", "MVAPICH"}) {
    if (version.find(name) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Mpi> mpich_in(void* library) {
  if (!::dlsym(library, "MPI_Get_library_version")) return nullptr;
  const auto no_status = reinterpret_cast<void*>(std::uintptr_t{1});
  auto mpi = std::make_unique<MpiCalls<int>>(library, handles_of_mpich(no_status));
  if (!is_of_this_family(mpi->library_version())) return nullptr;  // may be asked before MPI_Init
  return mpi;
}

}  // namespace chainer::mpi_probe
