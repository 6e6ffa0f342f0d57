// What of a machine matters to where ranks run: cores, the parts that they lie in, memory, GPUs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/topology/cpu_set.hpp"

namespace chainer::topology {

/// A core, with all of its hardware threads.
struct Core {
  CpuSet cpus;
  CpuSet usable;  ///< those of them that may be used; empty: the core is somebody else's
};

/// A NUMA domain: cores that have memory of their own.
struct Domain {
  unsigned number{0};  ///< the kernel's
  CpuSet cpus;
  std::uint64_t bytes{0};
  bool may_be_used{true};
};

struct Gpu {
  std::string place;  ///< on the PCI bus, such as `0000:17:00.0`
  std::string name;   ///< as the vendor calls it; may be empty
  CpuSet near;        ///< the CPUs of the smallest part of the machine that it hangs on
};

enum class PartKind { machine, package, domain, cache, other };

/// A part of the machine, and the parts in it. Its cores stand together in the machine's order.
struct Part {
  PartKind kind{PartKind::machine};
  unsigned number{0};
  CpuSet cpus;
  std::size_t first_core{0};
  std::size_t end_core{0};
  std::vector<Part> parts{};
};

struct Machine {
  std::vector<Core> cores{};  ///< in the order in which the machine is built
  std::vector<Domain> domains{};
  std::vector<Gpu> gpus{};  ///< by their places on the bus, as CUDA numbers equal ones
  Part whole{};

  std::size_t usable_cores(const Part& part) const;
  CpuSet usable_cpus() const;
};

/// Takes away all CPUs but these. An error where none are left.
Result<Machine> restricted_to(Machine machine, const CpuSet& cpus);

/// `package 0`, `NUMA domain 1`, `L3 cache 2`.
std::string name_of(const Part& part);

}  // namespace chainer::topology
