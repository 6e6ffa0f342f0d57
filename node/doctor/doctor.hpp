// chainer-node doctor: looks at all that a node needs, and says what is wrong with it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/health.hpp"
#include "node/doctor/program_health.hpp"

namespace chainer::doctor {

struct NodeOrder {
  std::string conf{};                  ///< plugin.conf; empty: what plugstack.conf names
  std::vector<std::string> images{};   ///< to ask registries for
  std::vector<std::string> folders{};  ///< that this account is to see and to write here
  Depth depth{Depth::whole};
  std::string gpu_probe{};  ///< the program that measures the GPUs; empty: they are not measured
};

struct NodeReport {
  std::string node;
  HealthFindings findings{};
  std::vector<std::string> sound{};  ///< topics without a finding
  /// What is to be the same on all nodes, or is good to know: "slurm", "store", "clock", …
  std::map<std::string, std::string> facts{};
};

NodeReport examine_node(const NodeOrder& order);

/// As a person reads it: the findings, then what is well, then a count.
std::string node_text(const NodeReport& report, Colour colour);
/// One line of JSON: {"node", "well", "findings": [{"level", "what", "where", "why", "next"}],
/// "sound": [topic], "facts": {name: text}}.
std::string node_json(const NodeReport& report);
/// Why Slurm should not use this node, in one line; empty when it may.
std::string reason_to_drain(const NodeReport& report);

}  // namespace chainer::doctor
