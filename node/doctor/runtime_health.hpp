// The site's own programs that may start a container here (--chainer-runtime).
#pragma once

#include <string>
#include <vector>

#include "core/health.hpp"
#include "core/plugin_conf.hpp"

namespace chainer::doctor {

struct RuntimeFacts {
  Runtime runtime{Runtime::native};
  std::vector<std::string> missing{};  ///< of the programs that it takes
};

struct RuntimesFacts {
  std::vector<RuntimeFacts> allowed;  ///< the plugin's own among them
  std::string path;                   ///< the folders that were looked in

  /// Whether the site allows any but the plugin's own.
  bool concern_the_node() const;
  /// Those that can start a container here.
  std::vector<Runtime> usable() const;
};

/// `path` has the form of $PATH.
RuntimesFacts look_at_runtimes(const PluginConf& conf, const std::string& path);
HealthFindings check_runtimes(const RuntimesFacts& facts);

}  // namespace chainer::doctor
