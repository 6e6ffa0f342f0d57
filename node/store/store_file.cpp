#include "node/store/store_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/same_file.hpp"

namespace chainer::store {

bool still_named(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         is_same_file(opened, named);
}

Result<UniqueFd> take_turn(const std::string& path) {
  while (true) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return Error::from_errno("cannot open " + path, errno);
    while (::flock(fd.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return Error::from_errno("cannot lock " + path, errno);
    }
    // A guard that nobody has used for a day is collected, perhaps while we waited.
    if (still_named(fd.get(), path)) return fd;
  }
}

}  // namespace chainer::store
