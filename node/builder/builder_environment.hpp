// The environment variables of the builder that runs inside the image.
#pragma once

#include <string>
#include <vector>

#include "node/builder/pip_settings.hpp"
#include "node/builder/variables.hpp"

namespace chainer::builder {

/// Paths as the inside of the image sees them.
struct BuilderPaths {
  std::string prefix{"/opt/chainer/env"};   ///< where the environment grows, and where it is used
  std::string tools{"/opt/chainer/tools"};  ///< uv
  std::string cache;                        ///< uv's cache; empty: none that lasts
  std::string certificates;  ///< a copy of the host's CA certificates; empty: there are none
  std::string temporary;     ///< for files that the build leaves; empty: /tmp, which is the node's
  bool has_own_python{false};  ///< whether conda has put a Python into the prefix
};

/// The job's variables, overridden by the image's, and those by the builder's. Variables that
/// belong to the running step, to the host's libraries or to another Python are left out.
std::vector<std::string> builder_environment(const Variables& job,
                                             const std::vector<std::string>& image,
                                             const PipSettings& settings,
                                             const BuilderPaths& paths);

}  // namespace chainer::builder
