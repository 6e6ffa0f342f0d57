// A copy of the source tree in a run's folder.
#pragma once

#include <string>

#include "core/result.hpp"
#include "submit/source_tree.hpp"

namespace chainer {

/// Makes `folder` hold the tree. Files are hard links to `objects`/<sha256>, where each content is
/// stored once, read-only: what has not changed since an earlier run is not copied again. Both lie
/// on one file system.
Result<void> take_snapshot(const SourceTree& tree, const std::string& objects,
                           const std::string& folder);

}  // namespace chainer
