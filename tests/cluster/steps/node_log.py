"""What the plugin wrote into a node's log: a line for each preparation."""

import re

from . import cluster

LINE = re.compile(r'chainer: preparation result=(?P<result>\S+) uid=(?P<uid>\d+) user=(?P<user>\S+) job=(?P<job>\d+) '
                  r'step=(?P<step>\S+) seconds=(?P<seconds>\d+\.\d{3}) image=(?P<image>\S+) environment=(?P<environment>\S+) '
                  r'reference="(?P<reference>(?:[^"\\]|\\.)*)"(?: cause="(?P<cause>(?:[^"\\]|\\.)*)")?$')


class NodeLog:
    """The lines of one node from now on."""

    def __init__(self, node="n1"):
        self._path = cluster.folder() / "log" / f"node.{node}.log"
        self._start = self._path.stat().st_size

    def text(self):
        with open(self._path, encoding="utf-8", newline="\n") as file:
            file.seek(self._start)
            return file.read()

    def preparations(self):
        """Each as a dictionary of its fields. A line that looks like ours and has other fields is an error."""
        lines = [line for line in self.text().split("\n") if "chainer: preparation" in line]
        matches = [(line, LINE.search(line)) for line in lines]
        assert all(match for _, match in matches), lines
        return [match.groupdict() for _, match in matches]

    def only_preparation(self):
        found = cluster.eventually(self.preparations)
        assert len(found) == 1, found
        return found[0]
