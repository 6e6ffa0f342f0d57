#include "core/roots_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

Result<std::string> read_roots_file(const std::string& path, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return Error::from_errno("cannot read " + path, errno);

  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return Error::from_errno("cannot stat " + path, errno);
  if (!S_ISREG(status.st_mode)) return Error{path + " is not a regular file", ""};
  if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{path + " can be written by others than root",
                 "chown it to root and take away the write permission of group and others"};
  }

  auto text = read_all(fd.get(), limit);
  if (!text) return std::move(text).error().within("cannot read " + path);
  return text;
}

}  // namespace chainer
