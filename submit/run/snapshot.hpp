// A copy of the source tree in a run's folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/result.hpp"
#include "submit/plan/source_tree.hpp"

namespace chainer::run {

/// Called after each file with how many of all bytes are there.
using SnapshotProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Makes `folder` hold the tree. No run can change what another gets: where the file system has
/// clones, a file is a clone of `objects`/<sha256> (they share blocks until one is written), so
/// that the same content is stored once; elsewhere it is a copy. An object is believed only when
/// its bytes have the hash in its name. With an empty `objects` all are copies. Both lie on one
/// file system.
Result<void> take_snapshot(const plan::SourceTree& tree, const std::string& objects,
                           const std::string& folder, const SnapshotProgress& progress);

}  // namespace chainer::run
