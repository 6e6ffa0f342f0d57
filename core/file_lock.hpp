// What flock's errors mean.
#pragma once

#include <cerrno>

namespace chainer {

/// Whether flock failed because this file system has no locks, as FUSE ones and Lustre without its
/// mount option may not.
inline bool has_no_locks(int error) {
  return error == EOPNOTSUPP || error == ENOSYS || error == ENOLCK;
}

}  // namespace chainer
