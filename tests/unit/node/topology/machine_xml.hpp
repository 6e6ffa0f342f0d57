// Machines with GPUs as lstopo would write them, which no description of hwloc's can have.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "core/text_file.hpp"
#include "node/topology/cpu_set.hpp"
#include "node/topology/machine_reader.hpp"

namespace chainer::topology {

/// A GPU and the package or, where it has several, the NUMA domain that it hangs on.
struct PluggedGpu {
  std::string bus;  ///< two hexadecimal digits
  std::size_t domain;
};

/// A machine that is the same everywhere. The kernel numbers the first threads of all cores, then
/// the second ones.
struct Shape {
  std::size_t packages{1}, domains{1}, caches{1}, cores{1}, threads{1};  ///< each in the one before
  std::vector<PluggedGpu> gpus{};  ///< by the number of their NUMA domain

  std::size_t cores_in_domain() const { return caches * cores; }
  std::size_t all_cores() const { return packages * domains * cores_in_domain(); }

  CpuSet cpus(std::size_t first_core, std::size_t count) const {
    CpuSet set;
    for (auto core = first_core; core < first_core + count; ++core)
      for (std::size_t thread = 0; thread < threads; ++thread)
        set.add(static_cast<unsigned>(core + thread * all_cores()));
    return set;
  }
};

class MachineXml {
 public:
  explicit MachineXml(Shape shape) : shape_(std::move(shape)) {}

  std::string text() {
    const auto domains = shape_.packages * shape_.domains;
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology version=\"2.0\">\n" +
           object("Machine", 0, shape_.cpus(0, shape_.all_cores()), all_nodes(0, domains),
                  of_each(shape_.packages, [this](auto package) { return this->package(package); }),
                  true) +
           "</topology>\n";
  }

 private:
  template <typename Make>
  static std::string of_each(std::size_t count, const Make& make) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += make(i);
    return text;
  }

  /// hwloc writes words of 32 bits with commas between them.
  static std::string bitmap(const CpuSet& set) {
    auto digits = set.mask_text().substr(2);
    std::string words;
    while (!digits.empty()) {
      const auto first = digits.size() > 8 ? digits.size() - 8 : 0;
      words = "0x" + digits.substr(first) + (words.empty() ? "" : "," + words);
      digits.resize(first);
    }
    return words;
  }

  static CpuSet all_nodes(std::size_t first, std::size_t count) {
    CpuSet nodes;
    for (auto node = first; node < first + count; ++node) nodes.add(static_cast<unsigned>(node));
    return nodes;
  }

  std::string index() { return " gp_index=\"" + std::to_string(++last_index_) + "\""; }

  std::string object(const std::string& type, std::size_t number, const CpuSet& cpus,
                     const CpuSet& nodes, const std::string& inner, bool says_allowed = false,
                     const std::string& more = {}) {
    const auto set = bitmap(cpus), node_set = bitmap(nodes);
    return "<object type=\"" + type + "\" os_index=\"" + std::to_string(number) + "\" cpuset=\"" +
           set + "\" complete_cpuset=\"" + set + "\" nodeset=\"" + node_set +
           "\" complete_nodeset=\"" + node_set + "\"" +
           (says_allowed ? " allowed_cpuset=\"" + set + "\" allowed_nodeset=\"" + node_set + "\""
                         : "") +
           more + index() + ">\n" + inner + "</object>\n";
  }

  std::string package(std::size_t number) {
    const auto domains = shape_.domains, cores = domains * shape_.cores_in_domain();
    return object(
        "Package", number, shape_.cpus(number * cores, cores), all_nodes(number * domains, domains),
        of_each(domains, [&](auto domain) { return this->domain(number * domains + domain); }));
  }

  std::string domain(std::size_t number) {
    const auto cores = shape_.cores_in_domain();
    const auto cpus = shape_.cpus(number * cores, cores);
    const auto nodes = all_nodes(number, 1);
    auto inner = object("NUMANode", number, cpus, nodes, "", false,
                        " local_memory=\"" + std::to_string(std::size_t{64} << 30U) + "\"");
    inner += of_each(shape_.caches, [&](auto cache) {
      return this->cache(number * shape_.caches + cache, nodes);
    });
    for (const auto& gpu : shape_.gpus)
      if (gpu.domain == number) inner += plugged(gpu);
    return object("Group", number, cpus, nodes, inner, false,
                  " kind=\"0\" subkind=\"0\" dont_merge=\"1\"");
  }

  std::string cache(std::size_t number, const CpuSet& nodes) {
    return object(
        "L3Cache", number, shape_.cpus(number * shape_.cores, shape_.cores), nodes,
        of_each(shape_.cores,
                [&](auto core) { return this->core(number * shape_.cores + core, nodes); }),
        false,
        " cache_size=\"33554432\" depth=\"3\" cache_linesize=\"64\" "
        "cache_associativity=\"16\" cache_type=\"0\"");
  }

  std::string core(std::size_t number, const CpuSet& nodes) {
    return object("Core", number, shape_.cpus(number, 1), nodes,
                  of_each(shape_.threads, [&](auto thread) {
                    const auto cpu = number + thread * shape_.all_cores();
                    return object("PU", cpu, CpuSet{static_cast<unsigned>(cpu)}, nodes, "");
                  }));
  }

  /// A host bridge with an accelerator behind it, and the small display of a server.
  std::string plugged(const PluggedGpu& gpu) {
    return "<object type=\"Bridge\"" + index() +
           " bridge_type=\"0-1\" depth=\"0\" "
           "bridge_pci=\"0000:[" +
           gpu.bus + "-" + gpu.bus +
           "]\">\n"
           "<object type=\"PCIDev\"" +
           index() + " pci_busid=\"0000:" + gpu.bus +
           ":00.0\" "
           "pci_type=\"0302 [10de:2330] [10de:16c1] a1\" pci_link_speed=\"0.000000\">\n"
           "<info name=\"PCIDevice\" value=\"H100 SXM5\"/>\n</object>\n"
           "<object type=\"PCIDev\"" +
           index() + " pci_busid=\"0000:" + gpu.bus +
           ":01.0\" "
           "pci_type=\"0300 [1a03:2000] [1a03:2000] 41\" pci_link_speed=\"0.000000\"/>\n"
           "</object>\n";
  }

  Shape shape_;
  std::size_t last_index_{0};
};

/// The machine, as hwloc reads it.
inline Machine machine_of(const Shape& shape) {
  const auto path = testing::TempDir() + "machine." + std::to_string(::getpid()) + ".xml";
  EXPECT_TRUE(replace_file(path, MachineXml(shape).text()));
  auto machine = read_machine_xml(path);
  EXPECT_TRUE(machine) << path;
  std::remove(path.c_str());
  return machine ? *std::move(machine) : Machine{};
}

}  // namespace chainer::topology
