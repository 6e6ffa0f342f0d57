#include "core/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"
#include "core/utf8_text.hpp"

namespace chainer {
namespace {
constexpr std::size_t largest_text = std::size_t{16} << 20;

/// A network file system may report a lack of room only at the end.
bool close_well(UniqueFd fd) { return ::close(fd.release()) == 0; }
}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const auto failed = [&](int number) {
    return Error::from_errno("cannot read " + path, number, Fault::user);
  };
  // A FIFO that nobody writes to would hold up the opening.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return failed(errno);
  auto bytes = read_all(fd.get(), limit);
  if (!bytes) return failed(bytes.error().error_number);
  return bytes;
}

Result<std::string> read_text_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return Error{std::strerror(errno), "", errno, Fault::user};
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return Error{std::strerror(errno), "", errno, Fault::user};
  if (!S_ISREG(status.st_mode)) return Error{"it is not a regular file", "", 0, Fault::user};
  auto text = read_all(fd.get(), largest_text);
  if (!text) return Error{std::strerror(text.error().error_number), "", 0, Fault::user};
  return utf8_text(*std::move(text));
}

Result<void> write_new_file(const std::string& path, std::string_view bytes, unsigned mode) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return Error::from_errno("cannot create " + path, errno);
  if (const auto written = write_all(fd.get(), bytes); !written) {
    return Error::from_errno("cannot write " + path, written.error().error_number);
  }
  if (!close_well(std::move(fd))) return Error::from_errno("cannot write " + path, errno);
  return {};
}

Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
  std::string temporary = path + ".new-XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return Error::from_errno("cannot create " + temporary, errno);
  auto written = write_all(fd.get(), bytes);
  if (!written) {
    written = Error::from_errno("cannot write " + temporary, written.error().error_number);
  } else if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0 ||
             ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = Error::from_errno("cannot write " + path, errno);
  }
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace chainer
