// A layer over a folder of the image, which takes what is written or made there.
#pragma once

#include "core/container/mount_tree.hpp"
#include "core/container/staging.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// `below`, a detached mount, with a layer in `staging` over it; each of several layers has its
/// number.
Result<UniqueFd> put_layer_over(int below, const Staging& staging, unsigned number, CopyUp copy_up,
                                MountedBy by);

}  // namespace chainer
