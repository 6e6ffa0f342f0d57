#include "node/store/store_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
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

/// When the last turn began, which marks the guard; 0 where that cannot be seen.
timespec start_of_turn(int guard) {
  struct stat status {};
  return ::fstat(guard, &status) == 0 ? status.st_mtim : timespec{};
}

/// False where one turn has lasted longer than `patience`. The longer it waits, the longer the
/// pauses.
Result<bool> lock_within(int guard, const std::string& path, std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  constexpr Clock::duration shortest = std::chrono::milliseconds(1);
  constexpr Clock::duration longest = std::chrono::milliseconds(200);
  const auto start = Clock::now();
  auto turn = start_of_turn(guard);
  for (auto since = start; !lock_now(guard);) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return Error::from_errno("cannot lock " + path, errno);
    const auto now = Clock::now();
    const auto seen = start_of_turn(guard);
    const bool is_another = seen.tv_sec != turn.tv_sec || seen.tv_nsec != turn.tv_nsec;
    if (is_another) since = now;
    turn = seen;
    if (now - since >= patience) return false;
    std::this_thread::sleep_for(std::clamp((now - start) / 16, shortest, longest));
  }
  ::futimens(guard, nullptr);
  return true;
}

Result<Turn> take_turn_by_flock(const std::string& path, std::chrono::milliseconds patience) {
  while (true) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return Error::from_errno("cannot open " + path, errno);
    TRY_ASSIGN(const bool is_taken, lock_within(fd.get(), path, patience));
    // A guard that nobody has used for a day is collected, perhaps while we waited.
    const bool is_guard = still_named(fd.get(), path);
    if (is_taken && is_guard) return Turn(std::move(fd));
    // Those who wait go on with a new file. Two that give up at the same moment may both get their
    // turn.
    if (!is_taken && is_guard) ::unlink(path.c_str());
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

Result<Turn> take_turn(const std::string& path, LockKind kind, std::chrono::milliseconds patience) {
  return kind == LockKind::flock ? take_turn_by_flock(path, patience) : take_turn_by_lease(path);
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
