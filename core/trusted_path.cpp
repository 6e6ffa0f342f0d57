#include "core/trusted_path.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <memory>

namespace chainer {
namespace {

enum class Place { on_the_way, itself };

Result<void> check_place(const std::string& path, Place place) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? Result<void>() : Error::from_errno("cannot stat " + path, errno);
  }
  const bool others_write = !S_ISLNK(status.st_mode) && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool is_protected = place == Place::on_the_way && (status.st_mode & S_ISVTX) != 0;
  if (status.st_uid == 0 && (!others_write || is_protected)) return {};
  return Error{path + " can be changed by others than root",
               "an administrator must correct the owner and mode of " + path};
}

/// `path` and every folder above it, as it is written.
Result<void> check_each_place(const std::string& path) {
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    TRY(check_place(path.substr(0, slash), Place::on_the_way));
  }
  return check_place(path, Place::itself);
}

}  // namespace

Result<void> check_only_root_can_change(const std::string& path) {
  TRY(check_each_place(path));
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  if (!real)
    return errno == ENOENT ? Result<void>() : Error::from_errno("cannot stat " + path, errno);
  return path == real.get() ? Result<void>() : check_each_place(real.get());
}

}  // namespace chainer
