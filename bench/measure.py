"""Ways to do one thing, run in turns; their medians, ratios and targets."""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 300


def options(description, repetitions):
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    parser.add_argument("--repetitions", type=int, default=repetitions, metavar="N",
                        help=f"how often each way is run ({repetitions})")
    parser.add_argument("--json", action="store_true", help="every sample, as JSON")
    return parser.parse_args()


def milliseconds(command, **how):
    """The wall time of a command that must succeed."""
    started = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, **how)
    took = time.perf_counter() - started
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return took * 1000


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT_S).stdout


def in_turns(ways, repetitions, warm_up=2):
    """The samples of each way. Each round runs all of them, and the next round in the opposite order, so that what else
    the machine does, and what a step leaves for the next one, affects all alike."""
    samples = {name: [] for name in ways}
    for turn in range(-warm_up, repetitions):
        for name in ways if turn % 2 == 0 else reversed(ways):
            sample = ways[name]()
            if turn >= 0:
                samples[name].append(sample)
    return samples


@dataclass
class Ratio:
    """One way beside another. `target` is the largest ratio of their medians that is good enough."""

    what: str
    samples: list
    beside: str
    beside_samples: list
    target: float | None = None
    unit: str = "ms"

    def of_medians(self):
        return _ratio_of_medians(self.samples, self.beside_samples)

    def of_minima(self):
        """The ratio of the minima, which tells more on a busy machine: nothing makes a step faster than it is."""
        return min(self.samples) / min(self.beside_samples)

    def interval(self, resamples=1000):
        """The 95 % interval of the ratio of the medians: bootstrap, with the samples of one round drawn together."""
        draw = random.Random(0)
        rounds = list(zip(self.samples, self.beside_samples, strict=True))
        ratios = sorted(_ratio_of_medians(*zip(*draw.choices(rounds, k=len(rounds)))) for _ in range(resamples))
        return ratios[resamples // 40], ratios[-resamples // 40 - 1]

    def verdict(self):
        if self.target is None:
            return "no target"
        if self.of_medians() <= self.target:
            return "met"
        return "missed" if self.interval()[0] > self.target else "missed, within what these repetitions can tell"

    def text(self):
        target = "" if self.target is None else f"target <= {self.target:g}: "
        low, high = self.interval()
        return (f"{self.what}: {_figure(self.samples, self.unit)}\n"
                f"  beside {self.beside}, {_figure(self.beside_samples, self.unit)}\n"
                f"  ratio {self.of_medians():.3f} (95 %: {low:.3f} to {high:.3f}; of the minima {self.of_minima():.3f}), "
                f"{len(self.samples)} repetitions, {target}{self.verdict()}")

    def as_json(self):
        return {**vars(self), "median": statistics.median(self.samples),
                "beside_median": statistics.median(self.beside_samples), "ratio": self.of_medians(),
                "interval": self.interval(), "ratio_of_minima": self.of_minima(), "verdict": self.verdict()}


def _ratio_of_medians(samples, beside_samples):
    return statistics.median(samples) / statistics.median(beside_samples)


class Report:
    """Prints each ratio as soon as it is known, or all of them as JSON at the end."""

    def __init__(self, benchmark, as_json, file_system_of="."):
        self._as_json = as_json
        self._all = {"benchmark": benchmark, "machine": machine(file_system_of),
                     "load_before": os.getloadavg()[0], "ratios": []}
        if not as_json:
            print(f"{benchmark} on {', '.join(self._all['machine'].values())}; load {os.getloadavg()[0]:.1f}")

    def add(self, ratio):
        self._all["ratios"].append(ratio.as_json())
        if not self._as_json:
            print(ratio.text(), flush=True)

    def end(self):
        self._all["load_after"] = os.getloadavg()[0]
        if self._as_json:
            print(json.dumps(self._all, indent=1))
        else:
            print(f"load at the end {self._all['load_after']:.1f}")


def machine(file_system_of):
    model = next(line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                 if line.startswith("model name"))
    file_system = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", file_system_of], capture_output=True,
                                 text=True, check=True).stdout.split()[-1]
    return {"cpu": model, "cores": f"{len(os.sched_getaffinity(0))} cores",
            "kernel": f"Linux {platform.release()}", "file_system": file_system}


def _figure(samples, unit):
    median, low = statistics.median(samples), min(samples)
    if unit == "ms":
        return f"median {median:.1f} ms, minimum {low:.1f} ms"
    return f"median {median:,.0f} {unit}, minimum {low:,.0f} {unit}"
