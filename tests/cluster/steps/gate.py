"""A call of chainer-node's at which it waits until a test lets it go on."""

import os
import select

from . import cluster, site

# Each open of a FIFO waits for its other end, which is the test's.
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_end(const char *which, int how) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%s", getenv("GATE"), which);
  return open(path, how);
}

static void wait_at(const char *call) {
  if (strcmp(call, getenv("GATE_AT")) != 0) return;
  const int reached = open_end("reached", O_WRONLY);
  if (reached < 0) return;
  close(reached);
  close(open_end("go", O_RDONLY));
}

int LZ4_compress_default(const char *from, char *to, int size, int room) {
  int (*real)(const char *, char *, int, int) = dlsym(RTLD_NEXT, "LZ4_compress_default");
  wait_at("compress");
  return real(from, to, size, room);
}

/* Some file systems, such as NFS, make no files without a name. */
static int refuses(int flags) {
  if (getenv("GATE_WITHOUT_UNNAMED") == NULL || (flags & O_TMPFILE) != O_TMPFILE) return 0;
  errno = EOPNOTSUPP;
  return 1;
}

int open(const char *path, int flags, ...) {
  int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  return refuses(flags) ? -1 : real(path, flags, mode);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  int (*real)(int, const char *, int, const char *, int) = dlsym(RTLD_NEXT, "linkat");
  wait_at("link");
  return real(from_folder, from, to_folder, to, flags);
}
"""


class Gate:
    """Until the test ends, whatever chainer-node is started with arguments that begin with `side` waits at its first such `call`.

    `compress` is called for each block of a squashfs file, `link` to file an entry. For it no file system makes files
    without a name where it is said to be `without_unnamed`.
    """

    def __init__(self, test, side, call, without_unnamed=False):
        self._path = cluster.folder() / "shared" / "gate"
        self._go = None
        for name in ("reached", "go"):
            self._end(name).unlink(missing_ok=True)
            os.mkfifo(self._end(name))
            self._end(name).chmod(0o666)
        self._reached = os.open(self._end("reached"), os.O_RDONLY | os.O_NONBLOCK)
        test.addCleanup(self.open)
        library = site.build("gate.so", _SOURCE, "-shared", "-fPIC", "-ldl")
        (helper,) = site.values("helper")
        unnamed = " GATE_WITHOUT_UNNAMED=yes" if without_unnamed else ""
        wrapper = site.program(test, "gated-node", f"""#!/bin/sh
            case "$*" in
              "{side}"*) export GATE={self._path} GATE_AT={call} LD_PRELOAD={library}{unnamed} ;;
            esac
            exec {helper} "$@"\n""")
        site.set_key(test, "helper", wrapper)

    def _end(self, name):
        return self._path.with_name(f"gate.{name}")

    def wait_until_reached(self):
        poll = select.poll()
        poll.register(self._reached, select.POLLHUP)
        assert poll.poll(cluster.LIMIT_S * 1000), "nobody came to the gate"

    def open(self):
        """Those who wait go on, and nobody waits any more."""
        if self._go is not None:
            return
        self._go = os.open(self._end("go"), os.O_RDWR)
        for name in ("reached", "go"):
            self._end(name).unlink()
        os.close(self._reached)
