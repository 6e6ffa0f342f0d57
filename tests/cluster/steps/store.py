"""What lies in the cluster's store."""

import fcntl
import pwd
import re

from . import cluster, walk


def entries():
    """Images and environments, public ones and those of users, as paths below the store."""
    return {path for path in _files() if re.fullmatch(r"(public|shared|users/\d+)/(manifest|config|environment)/[0-9a-f]{64}", path)}


def unfinished():
    """Files of preparations that have not ended, and locks that somebody still holds.

    The lock file of a failed preparation stays for a while: those who waited for it read its error there.
    """
    return {path for path in _files() if path.startswith("tmp/") or path.startswith("locks/") and _is_held(path)}


def public(key):
    return f"public/manifest/{key}"


def own(key, user=None, kind="manifest"):
    return f"users/{pwd.getpwnam(user or cluster.user()).pw_uid}/{kind}/{key}"


def _is_held(path):
    try:
        with open(cluster.store() / path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _files():
    store = cluster.store()
    return [str(path.relative_to(store)) for path in walk.files(store)]
