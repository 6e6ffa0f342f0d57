// MPI's functions with the handles of one family. The two families have no header in common: what
// they share is the order of the arguments.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "core/fd_io.hpp"
#include "mpi_probe/mpi.hpp"

namespace chainer::mpi_probe {

/// A function of a library; it is looked up once, since what it takes to find it would be measured.
template <typename... Arguments>
class MpiFunction {
 public:
  MpiFunction(void* library, const char* name)
      : name_(name), call_(reinterpret_cast<Call>(::dlsym(library, name))) {}

  void operator()(Arguments... arguments) const {
    if (call_ && call_(arguments...) == 0) return;
    [[maybe_unused]] const auto said = write_all(
        STDERR_FILENO, std::string(name_) + (call_ ? " failed\n" : " is not in the library\n"));
    std::_Exit(EXIT_FAILURE);
  }

 private:
  using Call = int (*)(Arguments...);
  const char* name_;
  Call call_;
};

/// A family's handles of what every MPI has from its start.
template <typename Handle>
struct Handles {
  Handle world, byte, real, sum;
  void* no_status;
};

template <typename Handle>
class MpiCalls : public Mpi {
 public:
  MpiCalls(void* library, const Handles<Handle>& handles)
      : handles_(handles),
        init_(library, "MPI_Init"),
        finalize_(library, "MPI_Finalize"),
        rank_(library, "MPI_Comm_rank"),
        size_(library, "MPI_Comm_size"),
        version_(library, "MPI_Get_library_version"),
        send_(library, "MPI_Send"),
        receive_(library, "MPI_Recv"),
        allreduce_(library, "MPI_Allreduce"),
        barrier_(library, "MPI_Barrier") {}

  void init() override { init_(nullptr, nullptr); }
  void finalize() override { finalize_(); }
  int rank() override { return number(rank_); }
  int size() override { return number(size_); }

  std::string library_version() override {
    constexpr std::size_t most_bytes = 8192;  // the larger of what the families ask for
    std::array<char, most_bytes> text{};
    int length = 0;
    version_(text.data(), &length);
    return text.data();
  }

  void send(const void* bytes, std::size_t size, int to) override {
    send_(bytes, static_cast<int>(size), handles_.byte, to, 0, handles_.world);
  }
  void receive(void* bytes, std::size_t size, int from) override {
    receive_(bytes, static_cast<int>(size), handles_.byte, from, 0, handles_.world,
             handles_.no_status);
  }
  void sum(const double* numbers, double* sums, std::size_t count) override {
    allreduce_(numbers, sums, static_cast<int>(count), handles_.real, handles_.sum, handles_.world);
  }
  void barrier() override { barrier_(handles_.world); }

 private:
  int number(const MpiFunction<Handle, int*>& function) const {
    int value = 0;
    function(handles_.world, &value);
    return value;
  }

  Handles<Handle> handles_;
  MpiFunction<int*, char***> init_;
  MpiFunction<> finalize_;
  MpiFunction<Handle, int*> rank_, size_;
  MpiFunction<char*, int*> version_;
  MpiFunction<const void*, int, Handle, int, int, Handle> send_;
  MpiFunction<void*, int, Handle, int, int, Handle, void*> receive_;
  MpiFunction<const void*, void*, int, Handle, Handle, Handle> allreduce_;
  MpiFunction<Handle> barrier_;
};

}  // namespace chainer::mpi_probe
