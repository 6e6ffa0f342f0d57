"""What a notebook shows of a run. The service drew a widget; this is text, which any front end can show."""

from __future__ import annotations

from typing import Any

from .run import Run


class RunDetails:
    def __init__(self, run_instance: Run) -> None:
        self._run = run_instance

    def show(self, **ignored: Any) -> None:
        print(self.text())

    def text(self) -> str:
        details = self._run.get_details()
        shown = [("run", details["runId"]), ("status", details["status"]), ("job", details["job"]),
                 ("nodes", details["nodes"]), ("folder", details["folder"]), ("error", details["error"])]
        shown += [(f"metric {name}", value) for name, value in self._run.get_metrics().items()]
        return "\n".join(f"{name}: {value}" for name, value in shown if value not in (None, ""))
