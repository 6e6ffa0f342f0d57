// A folder as a tar stream, the same bytes for the same content.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/archive/tar_writer.hpp"

namespace chainer::archive {

/// Streams the tree below `root`, leaving out the top-level name `without`. Names are sorted, all
/// belongs to root, times are one fixed time, and modes are 0755 or 0644: who built it, when and
/// under which umask does not show, and nobody can write to it whatever it is mounted on. Links are
/// kept as they are and never followed. Anything but files, folders and links is an error.
Result<void> write_tree_tar(const std::string& root, std::string_view without, const Sink& sink);

}  // namespace chainer::archive
