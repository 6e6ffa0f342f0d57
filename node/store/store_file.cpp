#include "node/store/store_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "core/same_file.hpp"

namespace chainer::store {

bool still_named(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         is_same_file(opened, named);
}

namespace {

Result<Turn> take_turn_by_flock(const std::string& path) {
  while (true) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return Error::from_errno("cannot open " + path, errno);
    while (::flock(fd.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return Error::from_errno("cannot lock " + path, errno);
    }
    // A guard that nobody has used for a day is collected, perhaps while we waited.
    if (still_named(fd.get(), path)) return Turn(std::move(fd));
  }
}

Result<Turn> take_turn_by_lease(const std::string& path) {
  constexpr auto look = std::chrono::milliseconds(20);
  for (LeaseWatch watch(path);; std::this_thread::sleep_for(look)) {
    TRY_ASSIGN(auto lease, watch.try_take());
    if (lease) return Turn(*std::move(lease));
  }
}

}  // namespace

Result<Turn> take_turn(const std::string& path, LockKind kind) {
  return kind == LockKind::flock ? take_turn_by_flock(path) : take_turn_by_lease(path);
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  static_cast<void>(!::getrandom(&number, sizeof number, 0));
  return number;
}

bool lock_now(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

time_t time_at(const std::string& folder) {
  const auto path = folder + "/.clock";
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat status {};
  if (!fd || ::futimens(fd.get(), nullptr) != 0 || ::fstat(fd.get(), &status) != 0) return 0;
  return status.st_mtim.tv_sec;
}

bool is_older(int fd, time_t time) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_mtim.tv_sec < time;
}

}  // namespace chainer::store
