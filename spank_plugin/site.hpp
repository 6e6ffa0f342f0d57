// The site's configuration, as a step's preparation has it.
#pragma once

#include <string>

#include "core/plugin_conf.hpp"

namespace chainer {

/// The site's configuration and where it was read from (helpers read the same file).
struct Site {
  PluginConf conf;
  std::string conf_path;
};

}  // namespace chainer
