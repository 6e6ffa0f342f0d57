// Whether containers get what they need of the node's GPU driver.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/gpu_files.hpp"
#include "core/health.hpp"
#include "core/plugin_conf.hpp"
#include "node/doctor/program_health.hpp"

namespace chainer::doctor {

struct GpuFacts {
  std::string list_path;                  ///< `gpu_files` of plugin.conf
  std::optional<GpuFiles> list{};         ///< nothing where there is none
  std::optional<Error> failure{};         ///< why it cannot be used
  std::vector<std::string> gone{};        ///< files of the list that are not there
  std::vector<std::string> distrusted{};  ///< why others of them are refused
  int devices{0};                         ///< NVIDIA's, without those of control
  bool has_memory_device{false};          ///< /dev/nvidia-uvm
  bool has_other_gpus{false};             ///< of another vendor, whose libraries images bring
  std::string running{};  ///< the version of the kernel's module; empty where none is loaded
  bool are_given_by_slurm{false};  ///< asked with Depth::whole alone

  /// Whether there is anything to say about GPUs at all.
  bool concern_the_node() const;
};

GpuFacts look_at_gpus(const PluginConf& conf, Depth depth);
HealthFindings check_gpus(const GpuFacts& facts);

/// The version in the text of /proc/driver/nvidia/version; empty where it has none.
std::string driver_version_in(const std::string& text);

/// Whether `scontrol --oneliner show node` says that the node has GPUs.
bool names_gpus(const std::string& node);

}  // namespace chainer::doctor
