"""What of MPI this cluster's Slurm can start: that of Debian sid has no mpi/pmix plugin."""

import os
import subprocess
import unittest

WHY_NOT = "this Slurm has no mpi/pmix plugin: srun --mpi=list"


def _has_pmix():
    """Outside of a cluster no Slurm can be asked, and no test runs."""
    if "CLUSTER_DIR" not in os.environ:
        return True
    said = subprocess.run(["srun", "--mpi=list"], capture_output=True, text=True, check=True)
    return "pmix" in (said.stdout + said.stderr).split()


_HAS = _has_pmix()
# What chainer-node doctor says of a Slurm without it, beside whatever else it finds.
WARNING = """\
warning: Slurm has no mpi/pmix plugin
  where: srun --mpi=list
  why:   Debian's Open MPI starts with no other: its ranks do not find each other
  next:  install Slurm's PMIx plugin; slurm-wlm-basic-plugins of Debian 12 and 13 has it
"""

needs_pmix = unittest.skipUnless(_HAS, WHY_NOT)
lacks_pmix = unittest.skipIf(_HAS, "this Slurm has an mpi/pmix plugin")


def without_warning(said):
    return said if _HAS else said.replace(WARNING, "")
