#include "submit/follow/log_tail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "core/printable.hpp"
#include "core/unique_fd.hpp"

namespace chainer::follow {
namespace {

struct Log {
  UniqueFd fd;
  bool is_anothers;  ///< another account's
};

/// A run of somebody else's may have anything in the place of a log: a device has no end, and a
/// FIFO would hold up the opening.
Log open_log(const std::string& path) {
  Log log{UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), false};
  struct stat status {};
  if (log.fd && (::fstat(log.fd.get(), &status) != 0 || !S_ISREG(status.st_mode))) log.fd.reset();
  log.is_anothers = status.st_uid != ::geteuid();
  return log;
}

}  // namespace

std::string LogTail::read_more() {
  constexpr std::size_t most = std::size_t{1} << 20;
  // Opened each time: over NFS, opening is what looks for another node's writes.
  const auto log = open_log(path_);
  if (!log.fd) return {};
  std::string text(most, '\0');
  const auto got = ::pread(log.fd.get(), text.data(), text.size(), offset_);
  if (got <= 0) return {};
  offset_ += got;
  text.resize(static_cast<std::size_t>(got));
  return log.is_anothers ? printable_output(text) : text;
}

std::string LogTail::end() const {
  constexpr off_t most = off_t{256} * 1024;
  const auto fd = open_log(path_).fd;
  if (!fd) return {};
  const auto size = ::lseek(fd.get(), 0, SEEK_END);
  if (size <= 0) return {};
  std::string text(static_cast<std::size_t>(std::min(size, most)), '\0');
  const auto got = ::pread(fd.get(), text.data(), text.size(), std::max(size - most, off_t{0}));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

}  // namespace chainer::follow
