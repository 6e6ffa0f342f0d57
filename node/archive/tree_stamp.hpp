// What shows that a tree has changed since it was read, without reading what its files hold.
#pragma once

#include <sys/stat.h>

#include <string>

#include "core/result.hpp"

namespace chainer::archive {

struct TreeStamp {
  std::string text;  ///< the same on every node until something changes
  bool settled;      ///< the last change is so long ago that another one has another time
};

/// Of all that lies in one file.
TreeStamp stamp_of_file(const struct stat& file);

/// Of all that lies below an open folder: names and, of each, its inode, size, owner, mode and times.
/// What is mounted below stays out. Network file systems are asked anew. An error where something
/// cannot be looked at.
Result<TreeStamp> stamp_of_folder(int folder);

}  // namespace chainer::archive
