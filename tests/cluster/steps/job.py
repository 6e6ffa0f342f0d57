"""Batch jobs on node n1, which Slurm may queue again, and what it says of them."""

import re
import subprocess

from . import cluster, layout, step

UNFINISHED = ("PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "REQUEUED", "PREEMPTED", "STOPPED")


class Job:
    def __init__(self, test, body, *options, variables=None):
        name = "-".join(test.id().split(".")[-2:])
        self._output, script = cluster.home() / f"{name}.out", cluster.home() / f"{name}.job"
        script.write_text(f"#!/bin/sh\n{body}\n")
        layout.give(script)
        said = step.run("sbatch", "--parsable", "--requeue", "-w", "n1", f"--output={self._output}", *options, script, variables=variables)
        assert said.returncode == 0, said.stderr
        self.id = said.stdout.strip()
        test.addCleanup(step.run, "scancel", self.id)

    def _field(self, name):
        said = subprocess.run(["scontrol", "show", "job", self.id], capture_output=True, text=True, check=True).stdout
        return re.search(rf"\b{name}=(\S+)", said)[1]

    def is_queued_again(self):
        return self._field("JobState") == "PENDING" and self._field("Restarts") == "1"

    def end(self, within_s=cluster.LIMIT_S):
        """Slurm's words for how it ended, such as "COMPLETED 0:0", and how often it was started anew."""
        ended = lambda: self._field("JobState") not in UNFINISHED
        assert cluster.eventually(ended, within_s), f"job {self.id} does not end: {self._field('JobState')}\n{self.said()}"
        return f"{self._field('JobState')} {self._field('ExitCode')}, {self._field('Restarts')} restarts"

    def said(self):
        return self._output.read_text() if self._output.exists() else ""  # it does not run yet
