// Whether two names, or a name and a descriptor, lead to one file.
#pragma once

#include <sys/stat.h>

namespace chainer {

/// By device and inode, of two files that are both there now: a number is used again once its file
/// is gone.
inline bool is_same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace chainer
