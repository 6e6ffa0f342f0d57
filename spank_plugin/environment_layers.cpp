#include "spank_plugin/environment_layers.hpp"

#include "core/container/mount_tree.hpp"

namespace chainer {
namespace {

/// The overlay takes its layers by path, and only in the namespace that it is mounted in.
Result<void> show(const Staging& staging, const char* name, int tree) {
  TRY(staging.make_folder(name));
  TRY_ASSIGN(const auto place, staging.open_folder(name));
  return attach(tree, place.get());
}

}  // namespace

Result<UniqueFd> merge_layers(const Staging& staging, const EnvironmentLayers& layers) {
  TRY(show(staging, "difference", layers.difference.get()));
  TRY(show(staging, "base", layers.base.get()));
  auto merged = mount_read_only_overlay({staging.path_of("difference"), staging.path_of("base")},
                                        nosuid_nodev());
  if (!merged)
    return std::move(merged).error().within(
        "cannot lay the environment over the curated one below it");
  return merged;
}

}  // namespace chainer
