#include "core/confinement.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <limits>

#include "core/syscall_filter.hpp"

namespace chainer {
namespace {

// Most of it is for the names of four million files, the rest for the buffers and stacks of all
// threads. It bounds data, not address space, of which malloc reserves 64 MiB for each thread.
constexpr std::uint64_t most_memory = std::uint64_t{16} << 30;
// Conversion runs at ten times this speed and more, on a core that is not shared.
constexpr std::uint64_t slowest_bytes_per_cpu_second = std::uint64_t{4} << 20;
constexpr std::uint64_t least_cpu_seconds = 600;
constexpr std::uint64_t most_unpacked_per_quota = 4;

/// Never above what the process may have anyway.
Result<void> limit(__rlimit_resource resource, std::uint64_t most, const char* what) {
  rlimit now{};
  if (::getrlimit(resource, &now) != 0)
    return Error::from_errno(std::string("cannot read the limit of ") + what, errno);
  const auto bound = std::min<std::uint64_t>(most, now.rlim_max);
  const rlimit wanted{bound, bound};
  if (::setrlimit(resource, &wanted) != 0)
    return Error::from_errno(std::string("cannot limit ") + what, errno);
  return {};
}

std::uint64_t cpu_seconds_for(std::uint64_t store_quota) {
  const auto unpacked = store_quota / slowest_bytes_per_cpu_second * most_unpacked_per_quota;
  return least_cpu_seconds + unpacked;
}

Result<void> give_up(Confinement confinement) {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // it cannot fail with this argument
  const int number = give_up_system_calls(confinement);
  // On a kernel without seccomp, or a processor that the filter does not know, the accounts and the
  // limits have to do.
  if (number == 0 || number == ENOSYS || number == EINVAL) return {};
  return Error::from_errno("cannot give up system calls", number);
}

}  // namespace

Result<void> confine_users_side() {
  TRY(limit(RLIMIT_CORE, 0, "core files"));
  return give_up(Confinement::users_side);
}

Result<void> confine_stores_side(std::uint64_t store_quota) {
  ::signal(SIGXFSZ, SIG_IGN);
  TRY(limit(RLIMIT_CORE, 0, "core files"));
  TRY(limit(RLIMIT_DATA, most_memory, "memory"));
  TRY(limit(RLIMIT_FSIZE, store_quota, "the size of a file"));
  TRY(limit(RLIMIT_CPU, cpu_seconds_for(store_quota), "processor time"));
  return give_up(Confinement::stores_side);
}

}  // namespace chainer
