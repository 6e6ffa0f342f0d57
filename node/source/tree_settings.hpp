// What a root file system says of the environment of its programs.
#pragma once

#include <string>
#include <vector>

#include "node/source/root_tree.hpp"

namespace chainer::source {

struct TreeSettings {
  std::vector<std::string> environment;  ///< KEY=VALUE
  std::string working_directory;
  std::vector<std::string> entrypoint;
};

/// From /opt/chainer/image.conf, which everything has that was saved from one of our containers;
/// nothing otherwise. What Apptainer keeps in /.singularity.d are shell scripts, which only a shell
/// inside of the image can run, and is not read.
TreeSettings settings_of(RootTree& tree);

}  // namespace chainer::source
