#include "node/topology/machine_reader.hpp"

#include <hwloc.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace chainer::topology {
namespace {

/// hwloc's topology, freed at the end.
class Topology {
 public:
  Topology() { is_made_ = hwloc_topology_init(&topology_) == 0; }
  ~Topology() {
    if (is_made_) hwloc_topology_destroy(topology_);
  }
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;

  bool is_made() const { return is_made_; }
  hwloc_topology_t get() const { return topology_; }

 private:
  hwloc_topology_t topology_{nullptr};
  bool is_made_{false};
};

CpuSet cpus_of(hwloc_const_bitmap_t bitmap) {
  CpuSet set;
  if (bitmap == nullptr) return set;
  for (int at = hwloc_bitmap_first(bitmap);
       at >= 0 && static_cast<unsigned>(at) <= CpuSet::last_number;
       at = hwloc_bitmap_next(bitmap, at)) {
    set.add(static_cast<unsigned>(at));
  }
  return set;
}

/// Calls `visit` with each object of a type, in hwloc's order.
template <typename Visit>
void for_each(hwloc_topology_t topology, hwloc_obj_type_t type, const Visit& visit) {
  for (hwloc_obj_t at = hwloc_get_next_obj_by_type(topology, type, nullptr); at != nullptr;
       at = hwloc_get_next_obj_by_type(topology, type, at)) {
    visit(at);
  }
}

std::vector<Core> cores_of(hwloc_topology_t topology) {
  std::vector<Core> cores;
  const auto add = [&cores](hwloc_obj_t core) {
    const auto cpus = cpus_of(core->cpuset);
    if (!cpus.empty()) cores.push_back({cpus, cpus});
  };
  for_each(topology, HWLOC_OBJ_CORE, add);
  // Virtual machines and descriptions may name no cores.
  if (cores.empty()) for_each(topology, HWLOC_OBJ_PU, add);
  return cores;
}

std::vector<Domain> domains_of(hwloc_topology_t topology) {
  std::vector<Domain> domains;
  const auto* allowed = hwloc_topology_get_allowed_nodeset(topology);
  for_each(topology, HWLOC_OBJ_NUMANODE, [&](hwloc_obj_t domain) {
    const auto cpus = cpus_of(domain->cpuset);
    if (cpus.empty()) return;  // memory of a device, not of cores
    domains.push_back({domain->os_index, cpus, domain->attr->numanode.local_memory,
                       hwloc_bitmap_isset(allowed, domain->os_index) != 0});
  });
  return domains;
}

using PciDevice = decltype(hwloc_obj_attr_u::pcidev);

/// A display or an accelerator of a vendor whose GPUs compute: a server also has a small display
/// for whoever stands before it.
bool is_gpu(const PciDevice& device) {
  constexpr unsigned displays = 0x03, accelerators = 0x12;
  constexpr unsigned nvidia = 0x10de, amd = 0x1002;
  const auto device_class = static_cast<unsigned>(device.class_id) >> 8U;
  return (device_class == displays || device_class == accelerators) &&
         (device.vendor_id == nvidia || device.vendor_id == amd);
}

std::string bus_place(const PciDevice& device) {
  char text[24];
  std::snprintf(text, sizeof(text), "%04x:%02x:%02x.%x", static_cast<unsigned>(device.domain),
                static_cast<unsigned>(device.bus), static_cast<unsigned>(device.dev),
                static_cast<unsigned>(device.func));
  return text;
}

std::vector<Gpu> gpus_of(hwloc_topology_t topology) {
  std::vector<Gpu> gpus;
  for_each(topology, HWLOC_OBJ_PCI_DEVICE, [&](hwloc_obj_t device) {
    if (!is_gpu(device->attr->pcidev)) return;
    const auto* around = hwloc_get_non_io_ancestor_obj(topology, device);
    const auto* name = hwloc_obj_get_info_by_name(device, "PCIDevice");
    gpus.push_back({bus_place(device->attr->pcidev), name == nullptr ? "" : name,
                    cpus_of(around == nullptr ? nullptr : around->cpuset)});
  });
  std::ranges::sort(gpus, {}, &Gpu::place);
  return gpus;
}

/// Every part that is to be in the tree, without what lies in it.
std::vector<Part> parts_of(hwloc_topology_t topology) {
  constexpr std::pair<hwloc_obj_type_t, PartKind> kinds[] = {{HWLOC_OBJ_PACKAGE, PartKind::package},
                                                             {HWLOC_OBJ_NUMANODE, PartKind::domain},
                                                             {HWLOC_OBJ_GROUP, PartKind::other},
                                                             {HWLOC_OBJ_L3CACHE, PartKind::cache}};
  std::vector<Part> parts;
  for (const auto& [type, kind_of_type] : kinds) {
    const auto kind = kind_of_type;  // clang 14 lets no lambda capture a structured binding
    for_each(topology, type, [&](hwloc_obj_t object) {
      const auto number = kind == PartKind::cache || kind == PartKind::other ? object->logical_index
                                                                             : object->os_index;
      const auto cpus = cpus_of(object->cpuset);
      if (!cpus.empty()) parts.push_back({kind, number, cpus});
    });
  }
  // Of equal ones, a package holds a domain, and that a cache.
  std::ranges::stable_sort(parts, std::ranges::greater{},
                           [](const Part& part) { return part.cpus.size(); });
  return parts;
}

/// Puts a part into the smallest one that holds it. One that crosses others has no place, nor has
/// a group that hwloc made around another part.
void put_into(Part& whole, Part part) {
  if (part.kind == PartKind::other && part.cpus == whole.cpus) return;
  for (auto& inner : whole.parts) {
    if (inner.cpus.has(part.cpus)) return put_into(inner, std::move(part));
    if (!inner.cpus.common(part.cpus).empty()) return;
  }
  whole.parts.push_back(std::move(part));
}

/// Finds each part's cores, and brings the parts into the order of these.
void find_cores(Part& part, const std::vector<Core>& cores) {
  const auto lies_in = [&part](const Core& core) { return part.cpus.has(core.cpus); };
  const auto first = std::ranges::find_if(cores, lies_in);
  const auto end = std::find_if_not(first, cores.end(), lies_in);
  part.first_core = static_cast<std::size_t>(first - cores.begin());
  part.end_core = static_cast<std::size_t>(end - cores.begin());
  for (auto& inner : part.parts) find_cores(inner, cores);
  std::ranges::stable_sort(part.parts, {}, &Part::first_core);
}

Machine machine_of(hwloc_topology_t topology) {
  Machine machine{cores_of(topology), domains_of(topology), gpus_of(topology)};
  for (const auto& core : machine.cores) machine.whole.cpus.add(core.cpus);
  for (auto& part : parts_of(topology)) put_into(machine.whole, std::move(part));
  find_cores(machine.whole, machine.cores);
  return machine;
}

/// Reads the machine that `choose` names to hwloc; `fail` says why that is not to be had.
template <typename Choose>
Result<Machine> read_chosen(const Error& failure, const Choose& choose) {
  const Topology topology;
  if (!topology.is_made()) return Error::from_errno("cannot use hwloc", errno);
  errno = 0;
  if (choose(topology.get()) != 0) return failure;
  // They start drivers, and say nothing about where a GPU is that the bus does not.
  for (const char* asks_drivers : {"cuda", "gl", "levelzero", "nvml", "opencl", "rsmi"}) {
    hwloc_topology_set_components(topology.get(), HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
                                  asks_drivers);
  }
  // The parts that a job may not use are still part of the picture, and GPUs hang on them.
  hwloc_topology_set_flags(topology.get(), HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  hwloc_topology_set_io_types_filter(topology.get(), HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
  if (hwloc_topology_load(topology.get()) != 0) return failure;
  return machine_of(topology.get());
}

}  // namespace

Result<Machine> read_this_machine() {
  return read_chosen({"hwloc cannot read this machine"}, [](hwloc_topology_t) { return 0; });
}

Result<Machine> read_machine_xml(const std::string& path) {
  return read_chosen({"hwloc cannot read the machine in " + path, "lstopo --of xml FILE writes one",
                      0, Fault::user},
                     [&path](hwloc_topology_t topology) {
                       return hwloc_topology_set_xml(topology, path.c_str());
                     });
}

Result<Machine> read_synthetic_machine(const std::string& description) {
  return read_chosen({"hwloc cannot read the description '" + description + "'",
                      "it is like 'package:2 numa:2 l3:1 core:8 pu:2'", 0, Fault::user},
                     [&description](hwloc_topology_t topology) {
                       return hwloc_topology_set_synthetic(topology, description.c_str());
                     });
}

}  // namespace chainer::topology
