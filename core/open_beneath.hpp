// openat2 where a path comes from somebody else: it cannot leave the folder that it starts in.
#pragma once

#include <sys/types.h>

namespace chainer {

/// Opens `path` below `folder` without following a symlink or leaving `folder` (RESOLVE_BENEATH,
/// RESOLVE_NO_SYMLINKS). Returns a descriptor, or -1 with errno.
int open_beneath(int folder, const char* path, int flags, mode_t mode = 0);

/// Opens `path` as a process chrooted to `root` would: absolute symlinks and `..` stay inside
/// (RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS). Returns a descriptor, or -1 with errno.
int open_in_root(int root, const char* path, int flags, mode_t mode = 0);

/// The same, but an error (EXDEV) instead of a step into another mount, before that one's file
/// system is asked anything.
int open_on_one_mount(int root, const char* path, int flags);

/// Like open_beneath, but an error (EXDEV) instead of a step into another mount.
int open_beneath_on_one_mount(int folder, const char* path, int flags);

/// Opens the one name `name` in `folder`: a link itself, with O_PATH, and an error (EXDEV) where
/// something is mounted there.
int open_name(int folder, const char* name, int flags);

/// Opens `path`, from the current directory, but never through a magic link such as
/// /proc/self/fd/3: those lead to what the process holds open, past the folders that the path's
/// owner may not enter.
int open_without_magic_links(const char* path, int flags);

}  // namespace chainer
