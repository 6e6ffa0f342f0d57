// A user's difference and the curated environment below it, as one tree.
#pragma once

#include <optional>

#include "core/container/root_folder.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// Two detached mounts, both read-only.
struct EnvironmentLayers {
  UniqueFd difference;
  UniqueFd base;
};

/// An environment as it is mounted: one tree, or two layers that are still to be merged.
struct EnvironmentTrees {
  UniqueFd whole{};
  std::optional<EnvironmentLayers> layers{};
};

/// Both as one read-only tree: a name of the difference hides the base's, and a whiteout in the
/// difference removes it. Called in the mount namespace where the root is put together.
Result<UniqueFd> merge_layers(const Staging& staging, const EnvironmentLayers& layers);

}  // namespace chainer
