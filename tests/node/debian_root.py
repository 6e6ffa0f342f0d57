"""Root file systems of a Debian, made by mmdebstrap."""
import shutil
import subprocess


class CannotMake(Exception):
    pass


def make(root, suite, variant, packages=()):
    """Fills the folder `root` with that Debian; removes what an earlier attempt left there, and leaves nothing itself."""
    if not shutil.which("mmdebstrap"):
        raise CannotMake("mmdebstrap is not installed")
    shutil.rmtree(root, ignore_errors=True)
    # sid's Release file may be out of date at a mirror, which apt would refuse.
    words = ["mmdebstrap", f"--variant={variant}", "--aptopt=Acquire::Check-Valid-Until \"false\""]
    if packages:
        words += [f"--include={','.join(packages)}"]
    made = subprocess.run([*words, suite, root], capture_output=True, text=True)
    if made.returncode != 0:
        shutil.rmtree(root, ignore_errors=True)
        raise CannotMake(f"mmdebstrap says {made.stderr.strip().splitlines()[-1:]}")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/resolv.conf").touch()
