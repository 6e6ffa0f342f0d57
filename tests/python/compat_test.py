#!/usr/bin/env python3
"""The module that scripts of the retired service log with, in a run's folder made by hand."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
START = "from azureml.core import Run\nrun = Run.get_context()\n"


class RunFolder(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(PROJECT / "templates/compat", self.folder / "compat")
        (self.folder / "source/outputs").mkdir(parents=True)

    def start(self, script, path=None, **variables):
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": path or str(self.folder / "compat"), "SLURM_JOB_ID": "7",
                       **variables}
        return subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=self.folder / "source",
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run_script(self, script, **how):
        process = self.start(script, **how)
        output, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        return output

    def lines(self):
        return [json.loads(line) for line in (self.folder / "metrics.jsonl").read_text().splitlines()]

    def logged(self):
        return [(line["name"], line["kind"], line["value"]) for line in self.lines()]


class Logging(RunFolder):
    def test_writes_a_line_for_each_value_with_rank_time_and_attempt(self):
        self.run_script(START + "run.log('loss', 0.5, step=3)", SLURM_PROCID="2", SLURM_RESTART_COUNT="1")
        line, = self.lines()
        self.assertGreater(line.pop("time"), 1.7e9)
        self.assertEqual(line, {"name": "loss", "kind": "scalar", "value": 0.5, "rank": 2, "attempt": "7.1", "step": 3})

    def test_takes_what_scripts_log(self):
        self.run_script(START + """
class Zero:
    def tolist(self): return 1.5
class Loss:
    array = Zero()
run.log("a", float("nan")); run.log("b", Zero()); run.log("c", Loss()); run.log("d", "text"); run.log("e", object)
run.log_list("l", (1, float("inf"))); run.log_row("r", "what", x=1, y=Zero()); run.log_table("t", {"x": [1, 2]})
run.tag("k", 1); run.set_tags({"m": None}); run.flush(); run.complete()""")
        self.assertEqual(self.logged(), [
            ("a", "scalar", "NaN"), ("b", "scalar", 1.5), ("c", "scalar", 1.5), ("d", "scalar", "text"),
            ("e", "scalar", "<class 'object'>"), ("l", "list", [1, "Infinity"]), ("r", "row", {"x": 1, "y": 1.5}),
            ("t", "table", {"x": [1, 2]}), ("k", "tag", "1"), ("m", "tag", "")])

    def test_of_many_ranks_at_once_tears_no_line(self):
        script = START + "for n in range(200): run.log('v', 'x' * 5000)"
        ranks = [self.start(script, SLURM_PROCID=str(rank)) for rank in range(6)]
        for rank in ranks:
            self.assertEqual((rank.wait(), rank.stderr.read()), (0, ""))
            rank.stdout.close(), rank.stderr.close()
        lines = self.lines()
        self.assertEqual([sum(line["rank"] == rank for line in lines) for rank in range(6)], [200] * 6)

    def test_begins_a_new_line_behind_one_that_a_killed_rank_left_unfinished(self):
        (self.folder / "metrics.jsonl").write_text('{"name":"a"')
        self.run_script(START + "run.log('b', 1)\nassert run.get_metrics() == {'b': 1}, run.get_metrics()")
        self.assertEqual((self.folder / "metrics.jsonl").read_text().splitlines()[0], '{"name":"a"')

    def test_can_be_read_back(self):
        output = self.run_script(START + """
run.log("a", 1); run.log("a", 2); run.log("b", 3); run.log_row("r", x=1); run.log_row("r", x=2)
print(run.get_metrics(), run.get_metrics("b"))""")
        self.assertEqual(output, "{'a': [1, 2], 'b': 3, 'r': {'x': [1, 2]}} {'b': 3}\n")


class Files(RunFolder):
    def test_are_kept_in_outputs_under_the_name_that_is_given(self):
        self.run_script(START + """
import io
open("model", "w").write("m")
run.upload_file("outputs/a/model.npz", "model"); run.upload_file("b", io.BytesIO(b"b"))
open("outputs/c", "w").write("c"); run.upload_file("outputs/c", "outputs/c")
run.log_image("plot", path="model")""")
        outputs = self.folder / "source/outputs"
        kept = {str(path.relative_to(outputs)): path.read_text() for path in outputs.rglob("*") if path.is_file()}
        self.assertEqual(kept, {"a/model.npz": "m", "b": "b", "c": "c", "images/plot": "m"})
        self.assertEqual(self.logged(), [("plot", "image", "outputs/images/plot")])

    def test_outside_of_outputs_are_refused(self):
        for name in ("../x", "/x", "outputs/../../x", "."):
            self.run_script(START + f"""
try: run.upload_file({name!r}, __file__ if "__file__" in globals() else "x")
except ValueError: pass
else: raise SystemExit("taken")""")


class TheModule(RunFolder):
    def test_names_its_run_and_lacks_what_only_the_service_has(self):
        output = self.run_script(START + "print(run.id, run.parent, hasattr(run, 'input_datasets'))\n"
                                         "from azureml.core.run import Run as Other\nprint(Other is Run)")
        self.assertEqual(output, f"{self.folder.name} None False\nTrue\n")
        process = self.start(START + "run.input_datasets")
        _, errors = process.communicate()
        self.assertEqual(errors.splitlines()[-1], "AttributeError: chainer-submit's Run has no 'input_datasets': inputs "
                         "of the estimator mount data, and $CHAINER_INPUT_NAME says where")

    def test_gives_way_to_an_installed_one_wherever_that_is(self):
        real = self.folder / "site-packages/azureml/core"
        real.mkdir(parents=True)
        (real.parent / "__init__.py").write_text("REAL = True\n")
        (real / "__init__.py").write_text("class Run:\n    pass\n")
        for path in (f"{self.folder}/compat:{real.parents[1]}", f"{real.parents[1]}:{self.folder}/compat"):
            output = self.run_script("import azureml, azureml.core as c; print(azureml.REAL, c.Run.__module__, c.__file__)",
                                     path=path)
            self.assertEqual(output, f"True azureml.core {real}/__init__.py\n")

    def test_gives_way_to_an_installed_one_without_an_init(self):
        real = self.folder / "site-packages/azureml/core"
        real.mkdir(parents=True)
        (real / "__init__.py").write_text("REAL = 1\n")
        output = self.run_script("from azureml.core import REAL; print(REAL)",
                                 path=f"{self.folder}/compat:{real.parents[1]}")
        self.assertEqual(output, "1\n")


if __name__ == "__main__":
    unittest.main()
