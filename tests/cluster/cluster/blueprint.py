"""Everything a cluster is made of, written to its folder before any process of it starts."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import accounting, accounts, gpus, nodes, product, registry, slurm_files
from .cgroups import v1, v2
from .folder import Folder
from .ports import PortBlock


@dataclass
class Blueprint:
    folder: Folder
    ports: PortBlock  # held for as long as the cluster lives
    nodes: list[nodes.Node]
    registries: list[registry.Registry]
    accounting: accounting.Accounting | None
    ctld_port: int
    slurm_conf: Path
    tools: Path
    kept_store: Path | None
    cgroup: v1.Trees | v2.Tree | None
    ordinary: accounts.Account
    command_account: accounts.Account
    environment: dict


def draw(folder, options, cgroup):
    """Writes the configuration of the cluster that the options ask for."""
    block = PortBlock.claim()
    ctld_port = block.take()
    members = [nodes.Node(f"n{number}", block.take()) for number in range(1, options.nodes + 1)]
    registries = _registries(folder, options, block)
    ordinary = _accounts(folder, options)
    _prepare_directories(folder)
    if options.gpus:
        gpus.make(folder, options.gpus, options.real_gpus)
    folder.write("etc/hosts", _hosts(members))
    bookkeeping = _accounting(folder, options, block, ordinary)
    slurm_conf = slurm_files.write(folder, options, members, ctld_port, cgroup, bookkeeping)
    product.install(folder, options, registries)
    return Blueprint(
        folder=folder,
        ports=block,
        nodes=members,
        registries=registries,
        accounting=bookkeeping,
        ctld_port=ctld_port,
        slurm_conf=slurm_conf,
        tools=_tools(folder, options),
        kept_store=Path(options.store).resolve() if options.store else None,
        cgroup=cgroup,
        ordinary=ordinary,
        command_account=accounts.root() if options.user == "root" else ordinary,
        environment=_environment(folder, members, registries, ordinary, slurm_conf),
    )


def _registries(folder, options, block):
    wanted = []
    if options.registry:
        wanted.append(registry.open_to_all(folder, block.take()))
    if options.registry_auth:
        wanted.append(registry.behind_password(folder, block.take()))
    return wanted


def _accounting(folder, options, block, ordinary):
    if not options.accounting:
        return None
    bookkeeping = accounting.Accounting(folder, block.take(), ordinary.name)
    bookkeeping.write()
    return bookkeeping


def _accounts(folder, options):
    """Makes the accounts and their folders where they are missing; returns the ordinary one."""
    people = accounts.Accounts(folder)
    store_owner = people.add_system(accounts.STORE_ACCOUNT)
    product.make_shared_folders(folder, store_owner)
    if options.store:
        product.give_store(Path(options.store), store_owner)
    name = accounts.DEFAULT_USER if options.user in (None, "root") else options.user
    ordinary = people.add_ordinary(name, product.homes(folder))
    people.write()
    return ordinary


def _prepare_directories(folder):
    """The folders that daemons with an account of their own write to."""
    munge = folder.path / "run" / "munge"
    munge.mkdir()
    key = munge / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    state = folder.path / "run" / "slurmctld"
    state.mkdir()
    jobs = folder.write("log/jobcomp.txt", "")
    for path, account in ((munge, "munge"), (key, "munge"), (state, "slurm"), (jobs, "slurm")):
        shutil.chown(path, account, account)


def _tools(folder, options):
    """The folder of kept builders; an empty one when none was named."""
    (folder.path / "tools").mkdir()
    return Path(options.tools).resolve() if options.tools else folder.path / "tools"


def _hosts(members):
    names = ["localhost", slurm_files.LOGIN, *(node.name for node in members)]
    return "".join(f"127.0.0.1 {name}\n" for name in names)


def _environment(folder, members, registries, ordinary, slurm_conf):
    """The variables that the command gets besides the caller's own environment."""
    path = folder.path
    environment = {
        "PATH": f"{path}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SLURM_CONF": str(slurm_conf),
        "CHAINER_SUBMIT_SITE": f"{path}/etc/site.toml",
        "CLUSTER_DIR": str(path),
        "CLUSTER_SHARED": f"{path}/shared",
        "CLUSTER_STORE": str(product.store(folder)),
        "CLUSTER_NODES": " ".join(node.name for node in members),
        "CLUSTER_ACCOUNT": ordinary.name,
        "CLUSTER_HOME": ordinary.home,
        # All virtual nodes are 127.0.0.1, and Open MPI leaves loopback out by default.
        "OMPI_MCA_btl_tcp_if_include": "lo",
        # The nodes share the machine's processors: a rank that waits must not spin on one.
        "OMPI_MCA_mpi_yield_when_idle": "1",
    }
    for entry in registries:
        environment.update(entry.environment())
    return environment
