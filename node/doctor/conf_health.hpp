// Whether plugin.conf can be read, and whether what it names is on the node.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/health.hpp"
#include "core/plugin_conf.hpp"

namespace chainer::doctor {

struct ConfFacts {
  std::string path;
  std::vector<Error> problems;        ///< of its lines
  std::optional<PluginConf> conf;     ///< where it has none
  std::vector<std::string> absent{};  ///< "bind /scratch": lines whose path the node lacks
  std::string digest{};               ///< of its bytes; empty where they cannot be read
};

ConfFacts look_at_conf(const std::string& path);
HealthFindings check_conf(const ConfFacts& facts);

}  // namespace chainer::doctor
