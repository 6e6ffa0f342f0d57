// A root folder that shows the image's piece by piece.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/container/bind.hpp"
#include "core/container/image_mounts.hpp"
#include "core/container/mount_tree.hpp"
#include "core/container/staging.hpp"
#include "core/result.hpp"

namespace chainer {

/// The parts of the image's root folder that lack mount points: names in it, and the empty name for
/// the root folder itself.
using LackingTops = std::set<std::string>;

/// The parts of the image that lack the destinations of `binds`.
LackingTops tops_that_lack(const ImageMounts& image, const std::vector<Bind>& binds);

/// A root in a folder of `staging` where mount points can be made, attached over `place`: the
/// image's top folders and files are mounted in it, its top links copied, and only what is
/// `lacking` has a layer over it. An overlay over all of the image would do the same, but its table
/// of names is empty in each step, where the image's is known from the steps before. `image` is a
/// detached mount. Nothing where the image's root folder holds too much for that; `image` is
/// detached still.
Result<std::optional<ImageMounts>> mirror_root(int image, const Staging& staging, int place,
                                               const LackingTops& lacking,
                                               const std::vector<Bind>& binds, MountedBy by);

}  // namespace chainer
