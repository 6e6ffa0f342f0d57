#include "node/topology/machine.hpp"

namespace chainer::topology {

std::size_t Machine::usable_cores(const Part& part) const {
  std::size_t count = 0;
  for (auto core = part.first_core; core < part.end_core; ++core) {
    if (!cores[core].usable.empty()) ++count;
  }
  return count;
}

CpuSet Machine::usable_cpus() const {
  CpuSet cpus;
  for (const auto& core : cores) cpus.add(core.usable);
  return cpus;
}

Result<Machine> restricted_to(Machine machine, const CpuSet& cpus) {
  for (auto& core : machine.cores) core.usable = core.usable.common(cpus);
  if (machine.usable_cpus().empty()) {
    return Error{"the machine has none of the CPUs " + cpus.list_text(),
                 "it has the CPUs " + machine.whole.cpus.list_text(), 0, Fault::user};
  }
  return machine;
}

std::string name_of(const Part& part) {
  const auto number = " " + std::to_string(part.number);
  switch (part.kind) {
    case PartKind::machine: return "machine";
    case PartKind::package: return "package" + number;
    case PartKind::domain: return "NUMA domain" + number;
    case PartKind::cache: return "L3 cache" + number;
    case PartKind::other: return "group" + number;
  }
  return {};
}

}  // namespace chainer::topology
