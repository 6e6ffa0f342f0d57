// What steps that are gone left on a node, and what it keeps mounted between steps.
#pragma once

#include <string>
#include <vector>

#include "core/health.hpp"
#include "core/plugin_conf.hpp"

namespace chainer::doctor {

struct LeftoverFacts {
  std::string run_dir;
  bool is_seen{true};                  ///< root alone may look into run_dir
  std::string distrust{};              ///< who could change run_dir, where that is not root alone
  std::vector<std::string> in_root{};  ///< what lies in the folder that new roots are mounted on
  std::vector<std::string> notes{};    ///< of steps whose slurmstepd has ended
  std::vector<std::string> scratch{};  ///< folders of builds that nobody holds open
  std::vector<std::string> loops{};    ///< devices over the store that will not go by themselves
  unsigned most_warm{0};               ///< warm_mounts of plugin.conf
  unsigned warm{0};                    ///< entries that are kept mounted
  unsigned departed{0};                ///< of these, entries that have left the store
};

LeftoverFacts look_for_leftovers(const PluginConf& conf);
HealthFindings check_leftovers(const LeftoverFacts& facts);

}  // namespace chainer::doctor
