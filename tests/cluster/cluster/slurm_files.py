"""Slurm's own configuration files for the cluster."""

from pathlib import Path

CLUSTER = "virtual"
PARTITION = "cluster"
LOGIN = "login"
SPOOL = "/var/lib/slurmd"  # private to each node, as /var/lib is


def write(folder, options, nodes, ctld_port, cgroup, accounting):
    """Writes slurm.conf and its companions into the folder's etc; returns slurm.conf's path."""
    folder.write("etc/cgroup.conf", _cgroup_conf(cgroup))
    folder.write("etc/plugstack.conf", "")
    if options.gpus:
        folder.write("etc/gres.conf", _gres_conf(folder, options, nodes))
    lines = [*_controller(folder, ctld_port), *_plugins(options), *_nodes(options, nodes)]
    lines += accounting.slurm_settings() if accounting else ["AccountingStorageType=accounting_storage/none"]
    for file in map(Path, options.beside_slurm_conf):
        folder.write(f"etc/{file.name}", file.read_text())
    extra = Path(options.extra_slurm_conf).read_text() if options.extra_slurm_conf else ""
    return folder.write("etc/slurm.conf", "\n".join(lines) + "\n" + extra)


def _controller(folder, ctld_port):
    etc, log, run = folder.path / "etc", folder.path / "log", folder.path / "run"
    return [
        f"ClusterName={CLUSTER}",
        f"SlurmctldHost={LOGIN}(127.0.0.1)",
        f"SlurmctldPort={ctld_port}",
        "SlurmUser=slurm",
        "AuthType=auth/munge",
        "CredType=cred/munge",
        # Every name resolves to 127.0.0.1 in the cluster: listen there and nowhere else.
        "CommunicationParameters=NoInAddrAny,NoCtldInAddrAny",
        f"StateSaveLocation={run}/slurmctld",
        f"SlurmdSpoolDir={SPOOL}",
        "SlurmctldPidFile=/run/slurmctld.pid",
        "SlurmdPidFile=/run/slurmd.pid",
        # The daemons stay in the foreground and log to stderr, which is a file of the cluster's.
        "SlurmctldSyslogDebug=quiet",
        "SlurmdSyslogDebug=quiet",
        # slurmstepd's stderr is the job's: what it logs goes only into the file.
        f"SlurmdLogFile={log}/node.%n.log",
        f"PlugStackConfig={etc}/plugstack.conf",
        "JobCompType=jobcomp/filetxt",
        f"JobCompLoc={log}/jobcomp.txt",
        "ReturnToService=2",
        # By default a batch job waits 3 s for others to be scheduled with it.
        # Only the backfill scheduler starts heterogeneous jobs; by default it looks every 30 s.
        "SchedulerParameters=batch_sched_delay=0,bf_interval=1",
        "KillWait=5",
        "MailProg=/bin/true",
    ]


def _plugins(options):
    tracking = ["ProctrackType=proctrack/cgroup", "TaskPlugin=task/cgroup,task/affinity"]
    if not options.cgroups:
        tracking = ["ProctrackType=proctrack/linuxproc", "TaskPlugin=task/affinity"]
    return [
        *tracking,
        "SelectType=select/cons_tres",
        "SelectTypeParameters=CR_Core_Memory",
        # A node may claim CPUs that the machine lacks; binding tasks to those fails the launch.
        "TaskPluginParam=None",
        f"DefMemPerCPU={options.memory // options.cpus}",
        "MpiDefault=none",
        # A virtual node claims what it is told to claim, whatever the machine has.
        "SlurmdParameters=config_overrides",
    ]


def _nodes(options, nodes):
    gres = f" Gres=gpu:{options.gpus}" if options.gpus else ""
    cpus = f"Sockets=1 CoresPerSocket={options.cpus} ThreadsPerCore=1"
    shape = f"{cpus} RealMemory={options.memory}{gres}"
    lines = ["GresTypes=gpu"] if options.gpus else []
    lines += [
        f"NodeName={node.name} NodeHostname={node.name} NodeAddr=127.0.0.1 Port={node.port} {shape}"
        for node in nodes
    ]
    return lines + [f"PartitionName={PARTITION} Nodes=ALL Default=YES MaxTime=INFINITE State=UP"]


def _gres_conf(folder, options, nodes):
    names = ",".join(node.name for node in nodes)
    files = f"{folder.path}/gpus/gpu[0-{options.gpus - 1}]"
    return f"AutoDetect=off\nNodeName={names} Name=gpu File={files}\n"


def _cgroup_conf(cgroup):
    if not cgroup:
        # slurmd loads a cgroup plugin even so; this one looks at nothing until it is asked to.
        return "CgroupPlugin=cgroup/v1\n"
    constrain = [f"Constrain{what}=yes" for what in ("Cores", "Devices", "RAMSpace")]
    return "\n".join([*cgroup.slurm_settings, *constrain]) + "\n"
