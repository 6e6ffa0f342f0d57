"""Our own half of the cluster: the built plugin and programs, and the files that configure them."""

import os
import shutil
import subprocess
from pathlib import Path

from . import child, slurm_files
from .accounts import STORE_ACCOUNT
from .failure import Failure

_PROJECT = Path(__file__).resolve().parents[3]
# Where the presets build what a cluster can load, and which of the files the cluster needs.
_USUAL_BUILDS = ("build/dev", "build/release")
_PLUGIN = "spank_plugin/spank_chainer.so"
_EPILOG_PLUGIN = "spank_plugin/spank_chainer_epilog.so"
_HELPER = "node/chainer-node"
_SUBMIT = "submit/chainer-submit"
_ENTRYPOINT = "spank_plugin/chainer_entrypoint/chainer-entrypoint"
# What a task starts lies beside the helper.
_INSIDE = tuple(f"spank_plugin/chainer_{name}/chainer-{name}" for name in ("entrypoint", "launcher", "runtime"))
_NEEDED = (_PLUGIN, _HELPER, _SUBMIT, *_INSIDE)
# The name of the site's default image in the cluster's registry.
DEFAULT_IMAGE = "chainer/base:1"


def find_build(asked):
    """The build folder whose plugin and programs the cluster gets: the one asked for, else the newest usual one."""
    build = Path(asked).resolve() if asked else _newest_build()
    missing = [name for name in _NEEDED if not (build / name).exists()]
    if missing:
        raise Failure(f"{build} lacks {', '.join(missing)}", f"cmake --build {build}")
    return build


def _newest_build():
    builds = [_PROJECT / name for name in _USUAL_BUILDS]
    built = [build for build in builds if (build / _PLUGIN).exists()]
    if not built:
        raise Failure(
            f"there is no built plugin: looked in {', '.join(map(str, builds))}",
            f"cd {_PROJECT} && cmake --preset dev && cmake --build --preset dev",
        )
    return max(built, key=_last_built)


def _last_built(build):
    """When the newest of its files was made: a build makes only some of them anew."""
    files = [build / name for name in _NEEDED]
    return max(file.stat().st_mtime for file in files if file.exists())


def install(folder, options, registries):
    """Copies what the build folder holds into the cluster's, where a rebuild cannot disturb it.

    The copies are root's, in directories that only root can write to: root's own half of the product demands this of
    anything that it loads or starts.
    """
    build = find_build(options.build)
    plugins = [("required", build / _PLUGIN), *([("optional", build / _EPILOG_PLUGIN)] if options.layers else [])]
    folder.write("etc/plugstack.conf", "".join(_plugstack_line(folder, *plugin) for plugin in plugins))
    helper = _copy_program(folder, build / _HELPER)
    _copy_program(folder, build / _SUBMIT)
    for program in _INSIDE:
        _copy_program(folder, build / program)
    # The ordinary account may not be able to read the project's own folder, for example in root's
    # home.
    shutil.copytree(_PROJECT / "site-config" / "recipes", folder.path / "etc" / "recipes")
    folder.write("etc/plugin.conf", plugin_conf(folder, helper) + (f"layer_size {options.layers}\n" if options.layers else ""))
    folder.write("etc/site.toml", site_toml(folder, options, registries))


def plugin_conf(folder, helper):
    """What the plugin reads on a node: `key value` lines."""
    lines = [
        f"store {store(folder)}",
        f"store_account {STORE_ACCOUNT}",
        f"helper {helper}",
        f"tools {folder.path}/tools",
        "run_dir /run/chainer",
        f"slurmd_spool {slurm_files.SPOOL}",
        "default_shm_size 64m",
        f"bind {homes(folder)}",
        f"bind {runs(folder)}",
    ]
    return "\n".join(lines) + "\n"


def site_toml(folder, options, registries):
    """What chainer-submit reads on the login node."""
    lines = [f'runs = "{runs(folder)}"', 'recipes = "recipes"']
    for registry in registries[:1]:
        lines += ["[images]", f'cpu = "docker://{registry.address}/{DEFAULT_IMAGE}"']
        lines += [f'gpu = "docker://{registry.address}/{DEFAULT_IMAGE}"']
    lines += ["[node_types.node]", f"cpus = {options.cpus}", f'memory = "{options.memory}m"']
    if options.gpus:
        lines += [f"gpus = {options.gpus}"]
    lines += [
        "[compute_targets.cluster]",
        'node_type = "node"',
        f'partition = "{slurm_files.PARTITION}"',
        *_mpi(folder),
    ]
    return "\n".join(lines) + "\n"


def _mpi(folder):
    """A target asks for pmix by itself, which not every Slurm has."""
    environment = {**child.DAEMON_ENVIRONMENT, "SLURM_CONF": str(folder.path / "etc/slurm.conf")}
    said = subprocess.run(["srun", "--mpi=list"], env=environment, capture_output=True, text=True, check=False)
    types = (said.stdout + said.stderr).split()
    return ['mpi = "pmi2"'] if "pmi2" in types and "pmix" not in types else []


def homes(folder):
    return folder.path / "shared" / "home"


def runs(folder):
    return folder.path / "shared" / "runs"


def store(folder):
    return folder.path / "shared" / "store"


def make_shared_folders(folder, store_owner):
    homes(folder).mkdir(exist_ok=True)
    runs(folder).mkdir()
    runs(folder).chmod(0o1777)
    store(folder).mkdir()
    os.chown(store(folder), store_owner.uid, store_owner.gid)


def give_store(kept, store_owner):
    """Gives a store that outlives clusters to this cluster's account, whose number may be another one."""
    for path in (kept, *kept.rglob("*")):
        os.chown(path, store_owner.uid, store_owner.gid, follow_symlinks=False)


def _plugstack_line(folder, kind, plugin):
    return f"{kind} {shutil.copy(plugin, folder.path / 'etc')} conf={folder.path}/etc/plugin.conf\n"


def _copy_program(folder, program):
    return Path(shutil.copy(program, folder.path / "bin"))
