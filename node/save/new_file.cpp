#include "node/save/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace chainer::save {
namespace {

constexpr mode_t as_the_umask_says = 0666;

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<NewFile> NewFile::beside(const std::string& path, const std::string& unfinished) {
  const auto folder = folder_of(path);
  UniqueFd unnamed(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, as_the_umask_says));
  if (unnamed) return NewFile(path, std::move(unnamed), {});
  if (errno != EOPNOTSUPP && errno != EISDIR)
    return Error::from_errno("cannot make a file in " + folder, errno, Fault::user);

  auto place = folder + "/" + unfinished;
  UniqueFd named(
      ::open(place.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, as_the_umask_says));
  if (!named) return Error::from_errno("cannot make a file in " + folder, errno, Fault::user);
  return NewFile(path, std::move(named), std::move(place));
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      unfinished_(std::exchange(other.unfinished_, {})) {}

NewFile::~NewFile() {
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

Result<void> NewFile::finish() {
  if (::fsync(file_.get()) != 0)
    return Error::from_errno("cannot write " + path_, errno, Fault::user);
  const auto now =
      unfinished_.empty() ? "/proc/self/fd/" + std::to_string(file_.get()) : unfinished_;
  if (::linkat(AT_FDCWD, now.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0)
    return Error::from_errno("cannot make " + path_, errno, Fault::user);
  return {};
}

}  // namespace chainer::save
