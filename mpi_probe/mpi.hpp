// The few functions of an MPI that the probe calls, whichever MPI it is.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace chainer::mpi_probe {

/// What goes wrong in an MPI ends the process: that is MPI's own default.
class Mpi {
 public:
  virtual ~Mpi() = default;
  virtual void init() = 0;
  virtual void finalize() = 0;
  virtual int rank() = 0;
  virtual int size() = 0;
  virtual std::string library_version() = 0;
  virtual void send(const void* bytes, std::size_t size, int to) = 0;
  virtual void receive(void* bytes, std::size_t size, int from) = 0;
  /// The sum over all ranks, number by number.
  virtual void sum(const double* numbers, double* sums, std::size_t count) = 0;
  virtual void barrier() = 0;
};

/// Of a library that dlopen has loaded; nothing where it is of the other family.
std::unique_ptr<Mpi> open_mpi_in(void* library);
std::unique_ptr<Mpi> mpich_in(void* library);

}  // namespace chainer::mpi_probe
