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

needs_pmix = unittest.skipUnless(_HAS, WHY_NOT)
lacks_pmix = unittest.skipIf(_HAS, "this Slurm has an mpi/pmix plugin")
