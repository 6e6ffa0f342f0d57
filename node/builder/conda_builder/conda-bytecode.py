"""Gives every module of an environment byte code that stays good when the times of files change.

Runs inside the image with the environment's own Python, whatever its version. The environment is packed with fixed
times and mounted read-only: byte code that is compared with its source's time would be compiled again at every
import. Conda's packages bring such byte code: where it is good it gets the form that is compared with nothing (PEP
552); the rest is compiled. Python before 3.7 has no such form: there the sources first get the time that they will
be packed with, and then all of them are compiled.
"""

import compileall
import importlib.util
import os
import struct
import sys

PACKED_TIME = 315532800  # what node/archive/tree_tar.cpp gives every file
UNCHECKED = 1


def main():
    library = os.path.dirname(os.__file__)
    if sys.version_info < (3, 7):
        for source in sources(library):
            os.utime(source, (PACKED_TIME, PACKED_TIME))
        compileall.compile_dir(library, maxlevels=50, quiet=2, force=True)
        return
    from py_compile import PycInvalidationMode

    missing = [source for source in sources(library) if not keep(source)]
    for source in missing:
        # What does not compile is for another Python, or a test of compilers.
        compileall.compile_file(source, quiet=2, force=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def sources(library):
    for folder, _, names in os.walk(library):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".py") and not os.path.islink(path):
                yield path


def keep(source):
    """Whether the source has byte code that will do; gives it the unchecked form where it has another."""
    path = importlib.util.cache_from_source(source)
    try:
        with open(path, "rb") as file:
            code = file.read()
        status = os.stat(source)
    except OSError:
        return False
    if len(code) < 16 or code[:4] != importlib.util.MAGIC_NUMBER:
        return False
    flags, time, size = struct.unpack("<III", code[4:16])
    if flags == UNCHECKED:
        return True
    if flags != 0 or time != int(status.st_mtime) & 0xFFFFFFFF or size != status.st_size & 0xFFFFFFFF:
        return False
    with open(source, "rb") as file:
        digest = importlib.util.source_hash(file.read())
    with open(path + ".new", "wb") as file:
        file.write(code[:4] + struct.pack("<I", UNCHECKED) + digest + code[16:])
    os.replace(path + ".new", path)
    return True


main()
