#include "submit/log_tail.hpp"

#include <fcntl.h>

#include "core/unique_fd.hpp"

namespace chainer {

std::string LogTail::read_more() {
  constexpr std::size_t most = std::size_t{1} << 20;
  // Opened each time: over NFS that is when another node's writes are looked for.
  const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {};
  std::string text(most, '\0');
  const auto got = ::pread(fd.get(), text.data(), text.size(), offset_);
  if (got <= 0) return {};
  offset_ += got;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

}  // namespace chainer
