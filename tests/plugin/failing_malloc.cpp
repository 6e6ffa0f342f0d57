#include "plugin/failing_malloc.hpp"

#include <cerrno>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

namespace {
constexpr int without_limit = -1;
int allocations_left = without_limit;
}  // namespace

namespace chainer::fixtures {

bool malloc_can_fail() { return !SANITIZED; }
void memory_runs_out_after(int allocations) { allocations_left = allocations; }
void memory_is_back() { allocations_left = without_limit; }

}  // namespace chainer::fixtures

#if !SANITIZED
// The plugin's own operator new calls this malloc: the program's symbols come first.
// glibc's own.
extern "C" void* __libc_malloc(std::size_t size);  // NOLINT(bugprone-reserved-identifier)

extern "C" void* malloc(std::size_t size) {
  if (allocations_left == 0) {
    errno = ENOMEM;
    return nullptr;
  }
  if (allocations_left > 0) --allocations_left;
  return __libc_malloc(size);
}
#endif
