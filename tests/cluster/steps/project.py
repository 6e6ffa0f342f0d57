"""Estimators as a person writes them, and the runs that chainer-submit makes of them."""

import os
import re
import subprocess
from pathlib import Path

from . import cluster, layout, packages, step

# The framework is one small package, so that a run's environment is made in a second.
SMALL_FRAMEWORK = "0.1"


def add_small_framework():
    packages.make()
    (cluster.folder() / f"etc/recipes/{SMALL_FRAMEWORK}.toml").write_text('pip = ["hello==2.0"]\n')


class Project:
    """A folder of the user's with a script and an estimator, until the test ends."""

    def __init__(self, test, script, *lines, name=None):
        self.folder = cluster.home() / (name or test.id().rpartition(".")[2])
        self.folder.mkdir()
        test.addCleanup(subprocess.run, ["rm", "-rf", self.folder], check=True)
        (self.folder / "main.py").write_text(script)
        self.estimator = self.folder / "train.toml"
        self.write(*lines)

    def write(self, *lines):
        head = ['entry_script = "main.py"', 'compute_target = "cluster"', f'framework_version = "{SMALL_FRAMEWORK}"']
        self.estimator.write_text("\n".join([*head, *lines]) + "\n")
        layout.give(self.folder)

    def submit(self, *words, **variables):
        return step.run("chainer-submit", self.estimator, *words, variables=_variables(variables))

    def run_command(self, command, *words):
        return step.run("chainer-submit", command, self.estimator, *words, variables=_variables({}))

    def render(self, *words):
        return step.run("chainer-submit", "render", self.estimator, *words, variables=_variables({}))

    def start(self, *words, **variables):
        return step.start("chainer-submit", self.estimator, *words, variables=_variables(variables))


def _variables(others):
    return packages.variables(CHAINER_SUBMIT_SITE=os.environ["CHAINER_SUBMIT_SITE"], **others)


def follow(run):
    return step.run("chainer-submit", "follow", run.folder, variables=_variables({}))


class Run:
    """A run whose name chainer-submit printed."""

    def __init__(self, said):
        self.job, folder = re.search(r"job (\d+), (/\S+)", said).groups()
        self.folder = Path(folder)

    def record(self, job=None):
        """The events of the job's only attempt, in order, without their times."""
        lines = (self.folder / f"attempts/{job or self.job}.0/record").read_text().splitlines()
        return [re.sub(r" \d{10}\b", "", line).strip() for line in lines]

    def times(self):
        lines = (self.folder / f"attempts/{self.job}.0/record").read_text().splitlines()
        return [int(line.split()[1]) for line in lines]

    def failed(self, why, preparation=False):
        """The expected last line of a run that failed; `{job}` in it becomes the job's number."""
        log = f"{self.job}.preparation.log" if preparation else f"{self.job}.out"
        return f"{self.folder.name}: failed: {why.format(job=self.job)}; log {self.folder}/logs/{log}"

    def output_of(self, rank):
        """What a rank of the job's only attempt wrote."""
        return (self.folder / f"attempts/{self.job}.0/ranks/{rank}.log").read_bytes()

    def lock(self):
        return self.folder / "environment/requirements.txt.lock.json"


def runs():
    """The folders of all runs of the user's."""
    folders = (cluster.folder() / "shared/runs" / cluster.user()).glob("*-*")
    return {folder for folder in folders if not folder.name.startswith(".")}


def jobs():
    """All jobs that Slurm knows: those in the queue and those that ended."""
    queue = subprocess.run(["squeue", "-h", "--states=all", "-o", "%A"], capture_output=True, text=True, check=True).stdout
    return set(queue.split()), (cluster.folder() / "log/jobcomp.txt").read_text()
