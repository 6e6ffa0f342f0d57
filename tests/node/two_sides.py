#!/usr/bin/env python3
"""Starts the two sides of a preparation as the plugin does, and says what root would be told.

usage: two_sides.py [--conf FILE] [--owner UID] [--user UID] [--label TEXT] [--suspect KEY] CHAINER_NODE SIDE-ARGUMENTS...

SIDE-ARGUMENTS go to the user's side: `image --reference REF`. Prints `ready PATH` with the entry's
place in the store, `user_fault`, `node_fault`, `try_again` or `nothing`, and exits with 0 when the
entry is ready.
"""
import argparse
import os
import struct
import sys

OUTCOMES = ["ready", "user_fault", "node_fault", "try_again"]
KINDS = ["", "manifest", "config", "environment"]
VERDICT_SIZE = 560


def outcome_of(verdict):
    return OUTCOMES[struct.unpack_from("I", verdict, 12)[0]]


def entry_of(verdict):
    """Where the entry that a verdict names lies in the store."""
    magic, version, _outcome, kind, audience, user, key, _cause = struct.unpack_from("8sIIIII32s384s", verdict)
    assert (magic, version) == (b"chainerV", 5), verdict
    folder = ["public", "shared", f"users/{user}"][audience]
    return f"{folder}/{KINDS[kind]}/{key.hex()}"


def kind_of(reference):
    """The kind of entry that the plugin asks the store's side for."""
    by_config = ("docker-archive:", "docker-daemon:", "sif:", "squashfs:", "dir:", "/", "./", "../")
    return "config" if reference.startswith(by_config) else "manifest"


def start(program, arguments, fds, uid=None):
    """Forks a side with `fds` as its 3, 4, …"""
    pid = os.fork()
    if pid:
        return pid
    try:
        # First out of the way, so that no dup2 overwrites a descriptor that is still needed.
        high = [os.dup(fd) for fd in fds]
        high = [os.fdopen(fd, "rb", closefd=False).fileno() for fd in high]
        moved = []
        for fd in high:
            new = fd
            while new < 3 + len(fds):
                new = os.dup(new)
            moved.append(new)
        for target, fd in enumerate(moved, start=3):
            os.dup2(fd, target, inheritable=True)
        os.closerange(3 + len(fds), 1024)
        if uid is not None and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
        os.execv(program, [program, *arguments])
    except OSError as error:
        print(f"two_sides: cannot start {program}: {error}", file=sys.stderr)
    os._exit(127)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conf", required=True)
    parser.add_argument("--owner", type=int, default=os.getuid())
    parser.add_argument("--user", type=int)
    parser.add_argument("--label", default="node n1, step 1.0")
    parser.add_argument("--suspect")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()

    data_out, data_in = os.pipe()[::-1]
    control_in, control_out = os.pipe()
    verdict_in, verdict_out = os.pipe()
    reference = options.arguments[options.arguments.index("--reference") + 1]
    store = start(options.program,
                  ["store-side", "--conf", options.conf, "--kind", kind_of(reference),
                   "--owner", str(options.owner), "--label", options.label,
                   *(["--suspect", options.suspect] if options.suspect else [])],
                  [data_in, control_out, verdict_out])
    user = start(options.program,
                 ["user-side", options.arguments[0], "--label", options.label, *options.arguments[1:]],
                 [data_out, control_in], options.user)
    for fd in (data_in, data_out, control_in, control_out, verdict_out):
        os.close(fd)

    with os.fdopen(verdict_in, "rb") as pipe:
        verdict = pipe.read()
    for pid in (store, user):
        os.waitpid(pid, 0)
    if len(verdict) != VERDICT_SIZE:
        print("nothing")
        return 1
    if outcome_of(verdict) != "ready":
        print(outcome_of(verdict))
        return 1
    print("ready", entry_of(verdict))
    return 0


if __name__ == "__main__":
    sys.exit(main())
