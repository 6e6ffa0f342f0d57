"""What an administrator sets on the cluster: plugin.conf, the site file, and plugins beside ours."""

import re
import subprocess
from pathlib import Path

from . import cluster


def plugin_conf():
    return cluster.folder() / "etc" / "plugin.conf"


def plugstack_conf():
    return cluster.folder() / "etc" / "plugstack.conf"


def values(key):
    """The values in plugin.conf of a key that may be repeated."""
    lines = [line.split(None, 1) for line in plugin_conf().read_text().splitlines()]
    return [value for name, value in lines if name == key]


def change(test, path, text):
    """Writes `text` to a file of the cluster's until the test ends."""
    before = path.read_text()
    test.addCleanup(replace, path, before)
    replace(path, text)


def replace(path, text):
    """Replaces the file in one step: a daemon that is told to read its configuration does so in its own time."""
    mode = path.stat().st_mode & 0o7777
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.chmod(mode)
    new.rename(path)


def set_key(test, key, value):
    """One key of plugin.conf, until the test ends."""
    lines = [line for line in plugin_conf().read_text().splitlines() if line.split()[0] != key]
    change(test, plugin_conf(), "\n".join([*lines, f"{key} {value}"]) + "\n")


def add_key(test, key, value):
    """One more line of plugin.conf, until the test ends."""
    change(test, plugin_conf(), f"{plugin_conf().read_text()}{key} {value}\n")


def set_mpi(test, kind):
    """What the target gives srun --mpi, until the test ends: the site file's last table is the target's. Its line there."""
    file = cluster.folder() / "etc/site.toml"
    others = re.sub(r"(?m)^mpi = .*\n", "", file.read_text())
    change(test, file, f'{others}mpi = "{kind}"\n')
    return others.count("\n") + 1


def build(name, source, *options):
    """Compiles a C program or plugin into the cluster's bin folder."""
    target = cluster.folder() / "bin" / name
    subprocess.run(["gcc", "-x", "c", "-", "-o", target, *options], input=source, text=True, check=True)
    return target


def add_plugin(test, name, source, *arguments):
    """Adds a SPANK plugin after ours in plugstack.conf, until the test ends."""
    plugin = build(f"{name}.so", source, "-shared", "-fPIC")
    line = " ".join(map(str, ["required", plugin, *arguments]))
    change(test, plugstack_conf(), plugstack_conf().read_text() + line + "\n")


def program(test, name, text):
    """A script of root's that the plugin may start, until the test ends."""
    path = Path(cluster.folder() / "bin" / name)
    path.parent.mkdir(exist_ok=True)
    test.addCleanup(path.unlink)
    path.write_text(text)
    path.chmod(0o755)
    return path
