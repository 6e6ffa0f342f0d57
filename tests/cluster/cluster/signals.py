"""Signals as bytes in a pipe, so that a select can wait for them beside other things."""

import os
import signal


class SignalPipe:
    """While it is the wakeup pipe, each caught signal is one byte, its number, in `fd`."""

    def __init__(self, caught, ignored=()):
        self.fd, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in caught:
            signal.signal(number, lambda *_: None)
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    def read(self):
        """The signals caught since the last call."""
        try:
            return [signal.Signals(number) for number in os.read(self.fd, 256)]
        except BlockingIOError:
            return []
