"""What a script does with its own run: logging, tags, files.

Each call logs a line of JSON to metrics.jsonl in the run's folder, which is the parent of the folder that this
package lies in:

  {"name": …, "kind": …, "value": …, "rank": …, "time": …, "attempt": …}

`kind` is scalar, list, row, table, image or tag; `time` is in seconds since 1970; `attempt` is Slurm's
job and how often it was queued again. A number that JSON does not have is "NaN", "Infinity" or
"-Infinity". Any number of ranks on any nodes may write at once.
"""

import fcntl
import json
import math
import os
import shutil
import sys
import time

_RUN_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_METRICS = os.path.join(_RUN_FOLDER, "metrics.jsonl")

# Members of the service's Run that are of no use here, and what to do instead.
_ABSENT = {
    "input_datasets": "inputs of the estimator mount data, and $CHAINER_INPUT_NAME says where",
    "experiment": "there is no workspace to ask; the estimator's folder holds what the script needs",
    "register_model": "a model is a file: upload_file, or ./outputs, keeps it with the run",
    "get_secret": "environment_variables of the estimator reach the script",
    "create_children": "a sweep is an array of jobs: slurm.array",
}


class Run(object):
    """The run that this script is part of."""

    @classmethod
    def get_context(cls, allow_offline=True, **ignored):
        return cls()

    @property
    def id(self):
        return os.path.basename(_RUN_FOLDER)

    @property
    def parent(self):
        return None

    def log(self, name, value, description="", step=None):
        self._write(name, "scalar", value, step)

    def log_list(self, name, value, description=""):
        self._write(name, "list", list(value))

    def log_row(self, name, description=None, **columns):
        self._write(name, "row", columns)

    def log_table(self, name, value, description=""):
        self._write(name, "table", value)

    def log_accuracy_table(self, name, value, description=""):
        self._write(name, "table", value)

    log_confusion_matrix = log_predictions = log_residuals = log_accuracy_table

    def log_image(self, name, path=None, plot=None, description=""):
        """Keeps the picture in ./outputs/images, logs its path and says so, since nothing draws it."""
        if (path is None) == (plot is None):
            raise ValueError("log_image takes one of path and plot")
        ending = os.path.splitext(path)[1] if path is not None else ".png"
        kept = _file_of("images/" + str(name).replace("/", "_") + ending)
        if path is not None:
            _copy(path, kept)
        else:
            plot.savefig(kept)
        self._write(name, "image", os.path.relpath(kept, os.path.join(_RUN_FOLDER, "source")))
        print("chainer: log_image: %s is %s" % (name, kept), file=sys.stderr)

    def tag(self, key, value=None):
        self._write(key, "tag", "" if value is None else str(value))

    def set_tags(self, tags):
        for key, value in tags.items():
            self.tag(key, value)

    def get_metrics(self, name=None):
        """What every rank has logged so far: for each name its value, or a list where there are several."""
        found = {}
        for line in _lines():
            if line["kind"] in ("scalar", "image"):
                found.setdefault(line["name"], []).append(line["value"])
            elif line["kind"] == "list":
                found.setdefault(line["name"], []).extend(line["value"])
            elif line["kind"] == "row":
                for column, value in line["value"].items():
                    found.setdefault(line["name"], {}).setdefault(column, []).append(value)
            elif line["kind"] == "table":
                found[line["name"]] = line["value"]
        found = {key: _one_or_all(values) for key, values in found.items()}
        return found if name is None else {key: found[key] for key in found if key == name}

    def upload_file(self, name, path_or_stream, **ignored):
        """Keeps a file with the run, as outputs/NAME."""
        kept = _file_of(name)
        if hasattr(path_or_stream, "read"):
            with open(kept, "wb") as file:
                shutil.copyfileobj(path_or_stream, file)
        else:
            _copy(path_or_stream, kept)

    def upload_folder(self, name, path, **ignored):
        for folder, _, files in os.walk(path):
            for file in files:
                source = os.path.join(folder, file)
                self.upload_file(os.path.join(name, os.path.relpath(source, path)), source)

    def flush(self, timeout_seconds=300):
        """Does nothing: every line is in its file already."""

    def complete(self, **ignored):
        """Does nothing: the run ends with its script."""

    def _write(self, name, kind, value, step=None):
        line = {"name": str(name), "kind": kind, "value": _plain(value), "rank": _rank(), "time": round(time.time(), 3),
                "attempt": "%s.%s" % (os.environ.get("SLURM_JOB_ID", ""), os.environ.get("SLURM_RESTART_COUNT", "0"))}
        if step is not None:
            line["step"] = _plain(step)
        _append((json.dumps(line, allow_nan=False) + "\n").encode())

    def __getattr__(self, name):
        hint = _ABSENT.get(name, "docs/migrate.md lists what there is")
        raise AttributeError("chainer-submit's Run has no '%s': %s" % (name, hint))

    def __repr__(self):
        return "Run(id=%r)" % self.id


def _rank():
    for name in ("SLURM_PROCID", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK"):
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    return 0


def _plain(value):
    """The value in the form that JSON has; NumPy's by its own tolist(), a Variable of Chainer's by its array."""
    value = getattr(value, "array", value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if value is None or isinstance(value, (bool, int, str)):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if math.isnan(number):
        return "NaN"
    return number if not math.isinf(number) else "Infinity" if number > 0 else "-Infinity"


def _append(line):
    """Appends one line to those of all ranks. On a network file system, appending alone lets the lines of two nodes
    overwrite each other; the lock makes each node see what the other wrote."""
    file = os.open(_METRICS, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: one node's lines are still whole
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line  # a rank was killed in the middle of its line
        while line:
            line = line[os.write(file, line):]
    finally:
        os.close(file)  # gives the lock back


def _lines():
    try:
        with open(_METRICS, encoding="utf-8") as file:
            texts = file.read().splitlines()
    except FileNotFoundError:
        return
    for text in texts:
        try:
            yield json.loads(text)
        except ValueError:
            pass  # cut off by the end of a rank


def _one_or_all(values):
    if isinstance(values, dict):
        return {key: _one_or_all(one) for key, one in values.items()}
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _file_of(name):
    """Where the run keeps the file that a script calls `name`, with or without outputs/ before it."""
    below = os.path.normpath(name)
    if os.path.isabs(below) or below.split(os.sep)[0] in (os.pardir, os.curdir):
        raise ValueError("'%s' is no name of a file below outputs/" % name)
    below = below[len("outputs/"):] if below.startswith("outputs/") else below
    kept = os.path.join(_RUN_FOLDER, "source", "outputs", below)
    os.makedirs(os.path.dirname(kept), exist_ok=True)
    return kept


def _copy(source, kept):
    if not (os.path.exists(kept) and os.path.samefile(source, kept)):
        shutil.copyfile(source, kept)
