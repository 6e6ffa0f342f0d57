"""A run of an estimator: looking at it, waiting for it, ending it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import IO, Any, Dict, List, Optional

from . import program
from .errors import ActivityFailedException, ChainerSubmitError

#: The service's word for each of chainer-submit's phases.
STATUSES = {
    "queued": "Queued",
    "starting": "Starting",
    "preparing": "Preparing",
    "running": "Running",
    "finishing": "Finalizing",
    "done": "Completed",
    "cancelled": "Canceled",
    "failed": "Failed",
}
OVER = ("Completed", "Canceled", "Failed")


class Run:
    """A run that was submitted. `Run(NAME)` or `Run(FOLDER)` finds one again."""

    def __init__(self, run: str, *, job: Optional[str] = None) -> None:
        self._run = run
        self._job = job

    @property
    def id(self) -> str:
        return os.path.basename(self._run.rstrip("/"))

    @property
    def job(self) -> str:
        """Slurm's number."""
        return self._job or str(self._look()["job"])

    @property
    def folder(self) -> str:
        """The folder of everything that belongs to the run."""
        return self._run if "/" in self._run else str(self._look()["folder"])

    @property
    def status(self) -> str:
        return self.get_status()

    @property
    def parent(self) -> Optional["Run"]:
        return None

    def get_status(self) -> str:
        """Queued, Starting, Preparing, Running, Finalizing, Completed, Canceled or Failed."""
        return STATUSES[self._look()["phase"]]

    def get_details(self) -> Dict[str, Any]:
        """What is known about the run; times are seconds since 1970."""
        seen = self._look()
        return {"runId": self.id, "status": STATUSES[seen["phase"]], "target": self._plan()["compute_target"],
                "startTimeUtc": seen["start"], "endTimeUtc": seen["end"], "error": _error_of(seen),
                "job": seen["job"], "nodes": seen["nodes"], "folder": seen["folder"], "ranks": seen["ranks"],
                "tags": self.get_tags(), "logFiles": {name: os.path.join(self.folder, name) for name in self._logs()}}

    def get_metrics(self, name: Optional[str] = None, **ignored: Any) -> Dict[str, Any]:
        """What the script logged: for each name its value, or the list of its values where it was logged more than once.

        The service's other arguments chose between child runs; a run has none here.
        """
        metrics: Dict[str, Any] = _with_numbers(self._look()["metrics"])
        return metrics if name is None else {name: metrics[name]} if name in metrics else {}

    def get_tags(self) -> Dict[str, str]:
        """The tags that the run was submitted with, and those that the script gave it."""
        submitted = (str(word).partition("=") for word in self._plan()["tags"])
        return {**{key: value for key, _, value in submitted}, **self._look()["tags"]}

    def wait_for_completion(self, show_output: bool = False, wait_post_processing: bool = False,
                            raise_on_error: bool = True) -> Dict[str, Any]:
        """Waits for the end. If asked for, raises ActivityFailedException for a run that did not end well."""
        follower = program.start("follow", self._run, "--json", stderr=subprocess.PIPE)
        try:
            errors = _pass_on(follower.stderr, show_output)
            output = follower.stdout.read() if follower.stdout else ""
        except KeyboardInterrupt:
            print(f"{self.id} goes on: wait_for_completion() waits for it again, cancel() ends it", file=sys.stderr)
            raise
        finally:
            _end(follower)
        ending = program.answer_of(follower.returncode, output, errors)
        if raise_on_error and not ending["ok"]:
            raise ActivityFailedException(f"{self.id}: {ending['sentence']}", exit_code=program.RUN_FAILED)
        return self.get_details()

    def cancel(self) -> None:
        """Ends the run: its ranks get SIGTERM, and some time to save their work."""
        program.ask("cancel", self._run)

    def get_file_names(self) -> List[str]:
        """What the run left: its logs, and what the script wrote to ./outputs."""
        return self._logs() + _below(os.path.join(self.folder, "source"), "outputs")

    def download_file(self, name: str, output_file_path: Optional[str] = None) -> None:
        target = output_file_path or os.path.basename(name)
        if os.path.isdir(target):
            target = os.path.join(target, os.path.basename(name))
        shutil.copyfile(self._file(name), target)

    def download_files(self, prefix: Optional[str] = None, output_directory: Optional[str] = None) -> None:
        for name in self.get_file_names():
            if name.startswith(prefix or ""):
                target = os.path.join(output_directory or ".", name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(self._file(name), target)

    def get_portal_url(self) -> str:
        """The folder of the run: there is no portal."""
        return f"file://{self.folder}"

    def _file(self, name: str) -> str:
        if name not in self.get_file_names():
            raise ChainerSubmitError(f"the run has no file '{name}'", "get_file_names() lists them")
        return os.path.join(self.folder, name if name.startswith("logs/") else f"source/{name}")

    def _logs(self) -> List[str]:
        return _below(self.folder, "logs")

    def _plan(self) -> Dict[str, Any]:
        with open(os.path.join(self.folder, "plan.json"), encoding="utf-8") as file:
            plan: Dict[str, Any] = json.load(file)
        return plan

    def _look(self) -> Dict[str, Any]:
        seen: Dict[str, Any] = program.ask("status", self._run)
        return seen

    def __repr__(self) -> str:
        return f"Run(id={self.id!r}, folder={self._run!r})"


def _with_numbers(value: Any) -> Any:
    """A metric as the script logged it: JSON has no NaN and no infinity, so they come as these words."""
    if isinstance(value, dict):
        return {key: _with_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_numbers(one) for one in value]
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def _error_of(seen: Dict[str, Any]) -> Optional[str]:
    return (seen["sentence"] or None) if seen["phase"] in ("cancelled", "failed") else None


def _below(folder: str, start: str) -> List[str]:
    """The files below `folder`/`start`, named relative to `folder`."""
    found = []
    for place, _, names in os.walk(os.path.join(folder, start)):
        found += [os.path.relpath(os.path.join(place, name), folder) for name in names]
    return sorted(found)


def _pass_on(stream: Optional[IO[str]], show: bool) -> str:
    """Shows the output as it comes, and returns the end of it."""
    last: List[str] = []
    for line in stream or ():
        if show:
            print(line, end="", flush=True, file=sys.stdout)
        last = [*last[-20:], line]
    return "".join(last)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
