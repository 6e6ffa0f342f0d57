// The digest that an image's tag stands for, asked for once for all nodes of a step: a tag that
// moves during the launch never splits a step.
#pragma once

#include <string>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"

namespace chainer {

/// srun, as the user: asks `chainer-node resolve` for the digest of the options' image, `sha256:…`.
/// Empty when there is nothing to ask: no image, one that is pinned, or a host without plugin.conf,
/// where the nodes resolve by themselves. An Error without text was printed by chainer-node.
Result<std::string> resolve_image_tag(const RawOptions& options, const std::string& conf_path);

}  // namespace chainer
