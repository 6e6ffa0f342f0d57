"""Hook sequences as the recorder plugin writes them, in a form that two runs have in common."""

import pwd
from pathlib import Path

from . import cluster, site

FOLDER = Path(__file__).resolve().parents[2] / "plugin"


def checked_in():
    """The folder of what is known of this cluster's release of Slurm, such as recordings/22.05."""
    return FOLDER / "recordings" / cluster.release()


class Recorder:
    """The recorder plugin beside ours, until the test ends."""

    def __init__(self, test):
        self._file = cluster.folder() / "shared" / "recording"
        self._file.write_text("")
        self._file.chmod(0o666)
        site.add_plugin(test, "recorder", (FOLDER / "recorder/recorder.c").read_text(), self._file)

    def lines(self):
        return [line.split("\t") for line in self._file.read_text().splitlines()]

    def text(self):
        """One block per process, those of one kind in a stable order; a task's block under its slurmstepd's."""
        lines = self.lines()
        parents = {line[0]: line[1] for line in lines}
        blocks = []
        for pid in dict.fromkeys(line[0] for line in lines):
            own = [line for line in lines if line[0] == pid]
            blocks.append(_block(own, parents.get(parents[pid]) is not None))
        return "\n".join(sorted(blocks, key=_order))


def _block(lines, is_child):
    first = lines[0]
    context, step = first[3], next((line[6] for line in lines if line[6] != "-"), "-")
    if is_child and first[2] == "task_init_privileged":
        title = f"task {first[7]} of step {step}"
    elif context == "remote":
        title = f"slurmstepd of step {step}"
    else:
        title = context
    return f"process {title}\n" + "".join(f"  {line}\n" for line in _in_stable_order(map(_line, lines)))


def _in_stable_order(lines):
    """Tasks end in any order; everything else follows a rule."""
    lines = list(lines)
    ends = iter(sorted(line for line in lines if line.startswith("task_exit ")))
    return [next(ends) if line.startswith("task_exit ") else line for line in lines]


def _line(fields):
    _, _, hook, context, uid, euid, _, task, argument, blocked, directory = fields
    words = [hook, context, f"{_account(uid)}/{_account(euid)}"]
    words.append(f"task={task}" if task != "-1" else "task=-")
    words += [f"SIGTERM={blocked}", f"in={_place(directory)}"]
    return " ".join(words + ([f"argument={argument}"] if argument else []))


def _account(uid):
    return {"0": "root", str(pwd.getpwnam(cluster.user()).pw_uid): "user"}.get(uid, uid)


def _place(directory):
    return "job" if directory == str(cluster.home()) else "elsewhere"


def _order(block):
    """Processes of one title run one after another, so their order stays; titles are sorted."""
    return block.split("\n")[0]
