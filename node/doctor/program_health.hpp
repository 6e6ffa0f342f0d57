// The programs that root and the store's account start on a node: the helper and the builders.
#pragma once

#include <string>
#include <vector>

#include "core/health.hpp"
#include "core/plugin_conf.hpp"

namespace chainer::doctor {

/// How much a look may cost: `quick` starts no program and asks nobody.
enum class Depth { quick, whole };

struct ProgramFacts {
  enum class Role { helper, pip, inside, conda, entrypoint, launcher, runtime };
  Role role{Role::helper};
  std::string path;
  std::string failure{};   ///< why it cannot be used; empty where it can
  std::string distrust{};  ///< who could change it, where that is not root alone
  std::string version{};   ///< as it says itself; empty where it was not asked
};

struct ProgramsFacts {
  std::string tools;    ///< the builders' folder
  std::string version;  ///< of this program
  std::vector<ProgramFacts> programs;
};

ProgramsFacts look_at_programs(const PluginConf& conf, Depth depth);
HealthFindings check_programs(const ProgramsFacts& facts);

}  // namespace chainer::doctor
