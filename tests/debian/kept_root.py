"""Prints the folder of a Debian that is kept between runs, and makes it first where it is not there.

    kept_root.py SUITE          the one that is only read and copied
    kept_root.py SUITE work     the one that with-root works in: what is installed there stays
"""
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "node"))

import debian_root  # noqa: E402
from kept_folder import kept_folder  # noqa: E402

# Written last: a root that was left half made lacks it.
SIGN = "etc/chainer-test-root"
OWN_CERTIFICATES = pathlib.Path("/usr/local/share/ca-certificates")


def untouched(suite):
    return kept_folder(f"debian-{suite}", SIGN, lambda root: _make(root, suite))


def work(suite):
    source = untouched(suite)
    return kept_folder(f"debian-{suite}-work", SIGN, lambda root: _copy(source, root))


def _make(root, suite):
    debian_root.make(root, suite, "minbase", ["ca-certificates"])
    # Nobody mourns a root that a crash of the machine leaves half made; waiting for the disk takes most of an installation.
    (root / "etc/dpkg/dpkg.cfg.d/chainer-test").write_text("force-unsafe-io\n")
    _trust_what_this_machine_trusts(root)
    (root / SIGN).write_text(f"{suite}\n")


def _trust_what_this_machine_trusts(root):
    """Where a proxy signs for the network, its certificates were added to the machine's."""
    for added in OWN_CERTIFICATES.glob("*.crt"):
        shutil.copy(added, root / OWN_CERTIFICATES.relative_to("/"))
    subprocess.run(["chroot", root, "update-ca-certificates"], check=True, capture_output=True)


def _copy(source, root):
    subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
    subprocess.run(["cp", "-a", source, root], check=True)


def main(suite, kind=""):
    try:
        print(work(suite) if kind == "work" else untouched(suite))
    except debian_root.CannotMake as failure:
        sys.exit(f"with-root: cannot make a Debian {suite}: {failure}")


main(*sys.argv[1:])
