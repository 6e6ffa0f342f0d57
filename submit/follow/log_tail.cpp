#include "submit/follow/log_tail.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "core/unique_fd.hpp"

namespace chainer::follow {

std::string LogTail::read_more() {
  constexpr std::size_t most = std::size_t{1} << 20;
  // Opened each time: over NFS, opening is what looks for another node's writes.
  const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {};
  std::string text(most, '\0');
  const auto got = ::pread(fd.get(), text.data(), text.size(), offset_);
  if (got <= 0) return {};
  offset_ += got;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

std::string LogTail::end() const {
  constexpr off_t most = off_t{256} * 1024;
  const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {};
  const auto size = ::lseek(fd.get(), 0, SEEK_END);
  if (size <= 0) return {};
  std::string text(static_cast<std::size_t>(std::min(size, most)), '\0');
  const auto got = ::pread(fd.get(), text.data(), text.size(), std::max(size - most, off_t{0}));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

}  // namespace chainer::follow
