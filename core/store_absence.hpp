// When there is nothing under a name of the store. All who look for an entry use this one rule.
#pragma once

#include <sys/stat.h>

#include <cerrno>

namespace chainer {

/// Whether open failed because nothing lies there. A node may remember a folder that is a file by
/// now, and a file that the server has given up.
inline bool is_absent(int error) { return error == ENOENT || error == ENOTDIR || error == ESTALE; }

/// Whether what was opened is none of the store's files: one that was evicted since, or an empty
/// folder, which is a preparation's question whether the server knows the name. A node may remember
/// that although a file is there by now.
inline bool is_absent(const struct stat& status) {
  return status.st_nlink == 0 || S_ISDIR(status.st_mode);
}

}  // namespace chainer
