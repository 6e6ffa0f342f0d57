"""What the tests of the Python package share: the package, the built program, a site."""

import contextlib
import os
import pathlib
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "python"))

SITE = """runs = "/shared/runs"
recipes = "recipes"
default_framework_version = "5.1.0"
[images]
cpu = "docker://registry.example.org/chainer/cpu:1"
[node_types.cpu]
cpus = 4
memory = "16g"
[compute_targets.cluster]
node_type = "cpu"
partition = "batch"
[compute_targets.other]
node_type = "cpu"
"""


@contextlib.contextmanager
def site(program):
    """The folder of `program` is on the PATH, and a site's file is in force; gives a folder for the test's files."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "recipes").mkdir()
        for version in ("5.1.0", "7.8.1"):
            (path / f"recipes/{version}.toml").write_text(f'pip = ["chainer=={version}"]\n')
        (path / "site.toml").write_text(SITE)
        (path / "project").mkdir()
        (path / "project/train.py").write_text("print()\n")
        os.environ["PATH"] = f"{pathlib.Path(program).parent}:{os.environ['PATH']}"
        os.environ["CHAINER_SUBMIT_SITE"] = str(path / "site.toml")
        try:
            yield path
        finally:
            os.environ.clear()
            os.environ.update(before)
