#include "node/save/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace chainer::save {
namespace {

constexpr mode_t as_the_umask_says = 0666;

std::pair<std::string, std::string> folder_and_name(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

Result<NewFile> NewFile::beside(const std::string& path) {
  const auto [folder, name] = folder_and_name(path);
  UniqueFd unnamed(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, as_the_umask_says));
  if (unnamed) return NewFile(path, std::move(unnamed), {});
  if (errno != EOPNOTSUPP && errno != EISDIR)
    return Error::from_errno("cannot make a file in " + folder, errno, Fault::user);

  auto hidden = folder + "/." + name + "." + std::to_string(::getpid());
  UniqueFd named(::open(hidden.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        as_the_umask_says));
  if (!named) return Error::from_errno("cannot make a file in " + folder, errno, Fault::user);
  return NewFile(path, std::move(named), std::move(hidden));
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      hidden_name_(std::exchange(other.hidden_name_, {})) {}

NewFile::~NewFile() {
  if (!hidden_name_.empty()) ::unlink(hidden_name_.c_str());
}

Result<void> NewFile::finish() {
  if (::fsync(file_.get()) != 0)
    return Error::from_errno("cannot write " + path_, errno, Fault::user);
  const auto now =
      hidden_name_.empty() ? "/proc/self/fd/" + std::to_string(file_.get()) : hidden_name_;
  if (::linkat(AT_FDCWD, now.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0)
    return Error::from_errno("cannot make " + path_, errno, Fault::user);
  return {};
}

}  // namespace chainer::save
