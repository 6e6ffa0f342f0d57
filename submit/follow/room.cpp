#include "submit/follow/room.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer::follow {
namespace {

constexpr std::size_t least_room = std::size_t{64} << 10;  // bytes

/// Space that only root may still use does not count.
bool is_full(const std::string& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) return false;
  const bool takes_files = status.f_files == 0 || status.f_favail > 0;
  return !takes_files || std::uint64_t{status.f_bavail} * status.f_frsize < least_room;
}

bool is_no_room(int error_number) { return error_number == ENOSPC || error_number == EDQUOT; }

/// A network file system may refuse as late as at fsync. A folder of another account's is not written
/// to, whose quota it would not be.
bool refuses_to_take_more(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0 || status.st_uid != ::geteuid()) return false;
  std::string path = folder + "/.room-XXXXXX";
  const UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) return is_no_room(errno);
  ::unlink(path.c_str());
  if (auto written = write_all(file.get(), std::string(least_room, '\0')); !written)
    return is_no_room(written.error().error_number);
  return ::fsync(file.get()) != 0 && is_no_room(errno);
}

}  // namespace

bool has_room(const std::string& folder) {
  return !is_full(folder) && !refuses_to_take_more(folder);
}

}  // namespace chainer::follow
