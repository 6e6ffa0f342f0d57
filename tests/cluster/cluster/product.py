"""Our own half of the cluster: the built plugin and programs, and the files that configure them."""

import os
import shutil
from pathlib import Path

from . import slurm_files
from .accounts import STORE_ACCOUNT

DEFAULT_BUILD = Path(__file__).resolve().parents[3] / "build" / "dev"


def install(folder, options):
    """Puts what the build folder holds into the cluster's folder, where a rebuild cannot disturb it.

    The copies are root's, under directories that only root can write, which is what root's own half
    of the product demands of anything it loads or starts.
    """
    build = Path(options.build).resolve() if options.build else DEFAULT_BUILD
    _copy_plugin(folder, build)
    helper = _copy_program(folder, build / "node" / "chainer-node")
    _link_program(folder, build / "submit" / "chainer-submit")
    folder.write("etc/plugin.conf", plugin_conf(folder, helper))
    folder.write("etc/site.toml", site_toml(folder))


def plugin_conf(folder, helper):
    """What the plugin reads on a node: `key value` lines."""
    return "".join(
        f"{key} {value}\n"
        for key, value in [
            ("store", store(folder)),
            ("store_account", STORE_ACCOUNT),
            ("helper", helper),
            ("tools", folder.path / "tools"),
            ("run_dir", "/run/chainer"),
            ("slurmd_spool", slurm_files.SPOOL),
            ("default_shm_size", "64m"),
        ]
    )


def site_toml(folder):
    """What chainer-submit reads on the login node."""
    return (
        f'[site]\nname = "virtual cluster"\nshared = "{folder.path}/shared"\n\n'
        f'[target.cluster]\npartition = "{slurm_files.PARTITION}"\n'
    )


def store(folder):
    return folder.path / "shared" / "store"


def make_store(folder, owner):
    store(folder).mkdir()
    os.chown(store(folder), owner.uid, owner.gid)


def _copy_plugin(folder, build):
    plugin = build / "spank_plugin" / "spank_chainer.so"
    if not plugin.exists():
        return
    copy = shutil.copy(plugin, folder.path / "etc")
    folder.write("etc/plugstack.conf", f"required {copy} conf={folder.path}/etc/plugin.conf\n")


def _copy_program(folder, program):
    target = folder.path / "bin" / program.name
    if program.exists():
        shutil.copy(program, target)
    return target


def _link_program(folder, program):
    """A link, not a copy: chainer-submit finds its templates beside its own build."""
    if program.exists():
        (folder.path / "bin" / program.name).symlink_to(program)
