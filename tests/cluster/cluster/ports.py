"""A block of loopback ports that belongs to one cluster for as long as it lives."""

import socket
from contextlib import closing

# Below Linux' ephemeral ports, so that an outgoing connection never takes one of ours.
FIRST, LAST, BLOCK = 20000, 32000, 128


class PortBlock:
    """The first port of the block stays bound: it is the lock that keeps two clusters apart."""

    def __init__(self, anchor, numbers):
        self._anchor = anchor
        self._numbers = numbers

    @classmethod
    def claim(cls):
        for start in range(FIRST, LAST, BLOCK):
            anchor = _bind(start, reuse=False)
            if anchor is not None:
                return cls(anchor, iter(range(start + 1, start + BLOCK)))
        raise OSError("no free block of loopback ports")

    def take(self):
        """The next port of the block that nothing listens on."""
        for number in self._numbers:
            probe = _bind(number, reuse=True)
            if probe is not None:
                probe.close()
                return number
        raise OSError("the cluster's block of loopback ports is used up")


def _bind(port, reuse):
    probe = socket.socket()
    if reuse:  # as the daemons do: a closed connection's TIME_WAIT is no listener
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", port))
        return probe
    except OSError:
        probe.close()
        return None


def is_open(port):
    """True when something accepts connections on the loopback port."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
