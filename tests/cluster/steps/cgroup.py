"""Where Slurm puts a step's processes, in cgroup v1 and in v2."""

import re

from . import walk

_V1 = r"\d+:freezer:.*/slurm_(?P<v1_node>\w+)/uid_\d+"
_V2 = r"0::.*/(?P<v2_node>\w+)_slurmstepd\.scope"
_STEP = re.compile(rf"^(?:{_V1}|{_V2})/(?P<step>job_\d+/step_\w+)", re.MULTILINE)


def step_in(text):
    """The node and step, such as "n1 job_1/step_0", in a process's /proc/PID/cgroup; "" outside of all steps."""
    found = _STEP.search(text)
    return f"{found['v1_node'] or found['v2_node']} {found['step']}" if found else ""


def left_by_steps():
    """The cgroups of steps, including running ones, but not those of the cluster itself."""
    return [str(path) for path in walk.folders("/sys/fs/cgroup") if path.name.startswith("step_")]
