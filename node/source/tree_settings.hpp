// What a root file system says of the environment of its programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/archive/root_tree.hpp"

namespace chainer::source {

struct TreeSettings {
  std::vector<std::string> environment;  ///< KEY=VALUE
  std::string working_directory;
  std::vector<std::string> entrypoint;
};

/// From /opt/chainer/image.conf, which is in everything that was saved from one of our containers;
/// otherwise what the file says beside the tree, or what enroot wrote into it. What Apptainer keeps
/// in /.singularity.d is not read: those are shell scripts, which only a shell inside the image can
/// run.
TreeSettings settings_of(archive::RootTree& tree, const std::optional<TreeSettings>& of_file);

/// From the `config` of an OCI image's configuration, as JSON.
Result<TreeSettings> settings_in_oci_config(std::string_view text);

}  // namespace chainer::source
