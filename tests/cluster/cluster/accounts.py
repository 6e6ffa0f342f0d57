"""The cluster's accounts: the host's files and our additions, bound over /etc in the cluster.

The host's own files are never written, so nothing stays in them and two clusters do not conflict.
"""

import os
import pwd
from dataclasses import dataclass

STORE_ACCOUNT = "chainer"
DEFAULT_USER = "researcher"
FILES = ("passwd", "group", "shadow")


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int
    home: str


class Accounts:
    """Entries of the cluster's own passwd, group and shadow files."""

    def __init__(self, folder):
        self._folder = folder
        self._lines = {name: _host_lines(name) for name in FILES}

    def add_ordinary(self, name, homes):
        """Adds a person's account; one that the host has too keeps its ids and gets a home here."""
        home = str(homes / name)
        account = self._existing(name, home) or self._new(
            name, home, range(1000, 60000), "/bin/bash"
        )
        os.makedirs(home, mode=0o755)
        os.chown(home, account.uid, account.gid)
        return account

    def add_system(self, name):
        home = "/nonexistent"
        return self._existing(name, home) or self._new(
            name, home, range(999, 100, -1), "/usr/sbin/nologin"
        )

    def write(self):
        for name, lines in self._lines.items():
            self._folder.write(f"etc/{name}", "".join(lines), 0o640 if name == "shadow" else 0o644)

    def _existing(self, name, home):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            return None
        entry = f"{name}:x:{found.pw_uid}:{found.pw_gid}:{found.pw_gecos}:{home}:{found.pw_shell}\n"
        others = [line for line in self._lines["passwd"] if not line.startswith(name + ":")]
        self._lines["passwd"] = others + [entry]
        return Account(name, found.pw_uid, found.pw_gid, home)

    def _new(self, name, home, candidates, shell):
        taken = {
            int(line.split(":")[2]) for kind in ("passwd", "group") for line in self._lines[kind]
        }
        number = next(candidate for candidate in candidates if candidate not in taken)
        self._lines["passwd"].append(f"{name}:x:{number}:{number}::{home}:{shell}\n")
        self._lines["group"].append(f"{name}:x:{number}:\n")
        self._lines["shadow"].append(f"{name}:*:19000:0:99999:7:::\n")
        return Account(name, number, number, home)


def root():
    return Account("root", 0, 0, "/root")


def _host_lines(name):
    with open(f"/etc/{name}", encoding="utf-8") as file:
        return [line.rstrip("\n") + "\n" for line in file if line.strip()]
