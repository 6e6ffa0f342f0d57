// What enroot writes into the root file systems that it makes of images.
#pragma once

#include <optional>
#include <string_view>

#include "node/archive/root_tree.hpp"
#include "node/source/tree_settings.hpp"

namespace chainer::source {

/// What the image set that the tree was made of, from /etc/environment and /etc/rc (enroot,
/// src/docker.sh); empty for a tree that enroot did not make.
std::optional<TreeSettings> settings_of_enroot(archive::RootTree& tree);

/// The same of the two files' texts.
std::optional<TreeSettings> settings_of_enroot(std::string_view rc, std::string_view environment);

}  // namespace chainer::source
