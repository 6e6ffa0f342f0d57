#include "core/fd_io.hpp"

#include <unistd.h>

#include <algorithm>

namespace chainer {

ssize_t read_some(int fd, void* into, std::size_t size) {
  while (true) {
    const ssize_t got = ::read(fd, into, size);
    if (got >= 0 || errno != EINTR) return got;
  }
}

Result<std::string> read_all(int fd, std::size_t limit) {
  constexpr std::size_t chunk = 64 * 1024;
  std::string text;
  while (true) {
    const std::size_t old_size = text.size();
    // One byte beyond the limit tells a file of exactly the limit from a longer one.
    text.resize(old_size + std::min(chunk, limit + 1 - old_size));
    const ssize_t got = read_some(fd, text.data() + old_size, text.size() - old_size);
    text.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return Error::from_errno("cannot read", errno);
    if (got == 0) return text;
    if (text.size() > limit) return Error::from_errno("cannot read", EFBIG);
  }
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Error::from_errno("cannot write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace chainer
