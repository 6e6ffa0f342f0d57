// Open MPI's handles are the addresses of objects in its library.
#include "mpi_probe/mpi_calls.hpp"

namespace chainer::mpi_probe {

std::unique_ptr<Mpi> open_mpi_in(void* library) {
  const auto handle = [library](const char* name) { return ::dlsym(library, name); };
  const Handles<void*> handles{handle("ompi_mpi_comm_world"), handle("ompi_mpi_byte"),
                               handle("ompi_mpi_double"), handle("ompi_mpi_op_sum"), nullptr};
  if (!handles.world || !handles.byte || !handles.real || !handles.sum) return nullptr;
  return std::make_unique<MpiCalls<void*>>(library, handles);
}

}  // namespace chainer::mpi_probe
