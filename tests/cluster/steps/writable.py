"""Whether this machine's kernel can map a squashfs to the user, as --chainer-writable needs."""

import os
import unittest

_FIRST = (6, 2)
_CAN = tuple(int(number) for number in os.uname().release.split(".")[:2]) >= _FIRST

needed = unittest.skipUnless(_CAN, "Linux before 6.2 cannot map a squashfs to the user")
refused = unittest.skipIf(_CAN, "this kernel can map a squashfs to the user")
