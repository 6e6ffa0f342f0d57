#include "core/open_beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace chainer {
namespace {

int open_resolved(int folder, const char* path, int flags, mode_t mode,
                  unsigned long long resolve) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags);
  how.mode = mode;
  how.resolve = resolve;
  // EAGAIN: a rename raced with `..`; the kernel asks to try again.
  for (int tries = 0; tries < 64; ++tries) {
    const long fd = ::syscall(SYS_openat2, folder, path, &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(fd);
  }
  return -1;
}

}  // namespace

int open_beneath(int folder, const char* path, int flags, mode_t mode) {
  return open_resolved(folder, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int open_in_root(int root, const char* path, int flags, mode_t mode) {
  return open_resolved(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int open_on_one_mount(int root, const char* path, int flags) {
  return open_resolved(root, path, flags, 0,
                       RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

int open_beneath_on_one_mount(int folder, const char* path, int flags) {
  return open_resolved(folder, path, flags, 0,
                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int open_name(int folder, const char* name, int flags) {
  return open_beneath_on_one_mount(folder, name, flags | O_NOFOLLOW);
}

int open_without_magic_links(const char* path, int flags) {
  return open_resolved(AT_FDCWD, path, flags, 0, RESOLVE_NO_MAGICLINKS);
}

}  // namespace chainer
