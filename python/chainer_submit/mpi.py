"""How several processes become one training."""

from __future__ import annotations

from typing import Any, Dict


class Mpi:
    """Processes that talk over MPI, which is the one way that Chainer has."""

    def __init__(self, process_count_per_node: int = 1) -> None:
        self.process_count_per_node = process_count_per_node

    def as_table(self) -> Dict[str, Any]:
        return {"type": "mpi", "process_count_per_node": self.process_count_per_node}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(process_count_per_node={self.process_count_per_node!r})"


class MpiConfiguration(Mpi):
    """The same under the name that run configurations use."""

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        super().__init__(process_count_per_node)
        self.node_count = node_count  #: not read by the estimator, which has a node_count of its own
