// Whether layers of jobs (--chainer-layer) are removed on this node when their jobs end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/health.hpp"
#include "core/plugin_conf.hpp"
#include "node/doctor/plugin_health.hpp"

namespace chainer::doctor {

struct LayerFacts {
  bool are_offered{false};  ///< plugin.conf has layer_size
  std::string plugstack_conf{};
  bool are_removed{false};  ///< plugstack.conf names the plugin that does it
  /// Whether slurmd has loaded it; nothing where root alone may look, or nobody has asked.
  std::optional<bool> are_promised{};
  std::string folder{};                ///< where they are
  std::vector<std::uint32_t> ended{};  ///< jobs that have ended, and still have layers here
};

LayerFacts look_at_layers(const PluginConf& conf, const PluginFacts& plugin);
HealthFindings check_layers(const LayerFacts& layers);

/// Jobs that have layers on this node and that Slurm does not know here any more: none where it
/// cannot be asked.
std::vector<std::uint32_t> ended_jobs_with_layers(const PluginConf& conf);

}  // namespace chainer::doctor
