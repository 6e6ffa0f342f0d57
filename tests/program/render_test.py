#!/usr/bin/env python3
"""The job script that chainer-submit renders: the same for the same files, of a plan again, by another template.

usage: render_test.py CHAINER_SUBMIT [unittest arguments]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = ""
PROJECT = Path(__file__).resolve().parents[2]
GOLDEN = PROJECT / "tests/golden"
TEMPLATE = PROJECT / "templates/job.bash"

ESTIMATOR = """entry_script = "train.py"
compute_target = "cluster"
node_count = 2
framework_version = "7.8.1"
distributed_training = { type = "mpi", process_count_per_node = 2 }
shm_size = "64m"
script_params = { --b = 1, --a = "x" }
environment_variables = { B = "1", A = "2" }
[slurm]
nice = 3
mem = "1g"
[run]
name = "digits"
tags = ["b", "a"]
"""


class RenderTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(os.path.realpath(folder.name))
        self.site = self.write("etc/site.toml", (GOLDEN / "site.toml").read_text())
        shutil.copytree(GOLDEN / "recipes", self.folder / "etc/recipes")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def project(self, name, estimator=ESTIMATOR):
        self.write(f"{name}/train.py", "print(1)\n")
        self.write(f"{name}/lib/tool.py", "print(2)\n")
        return self.write(f"{name}/train.toml", estimator)

    def submit(self, *words, **how):
        variables = {**os.environ, "NO_COLOR": "1", **how.pop("variables", {})}
        return subprocess.run([PROGRAM, *map(str, words), "--site", self.site], capture_output=True, text=True,
                              env=variables, timeout=60, **{"cwd": self.folder, **how})

    def script(self, *words, **how):
        result = self.submit("render", *words, **how)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def findings(self, *words, code=3, **how):
        result = self.submit("check", *words, "--json", **how)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return [(one["file"], one["line"], one["severity"], one["message"]) for one in json.loads(result.stdout)["findings"]]


def without(text, *folders):
    """The text with each folder's own path taken out."""
    for folder in folders:
        text = text.replace(str(folder).encode(), b"FOLDER")
    return text


class TheSameFiles(RenderTest):
    def rendered(self, name, umask, **variables):
        """All files of a rendered run by name: mode and bytes."""
        estimator = self.project(name)
        run = self.folder / f"run of {name}"
        result = self.submit("render", "train.toml", "--output", run, cwd=estimator.parent, variables=variables, umask=umask)
        self.assertEqual(result.returncode, 0, result.stderr)
        return {str(path.relative_to(run)): (oct(path.stat().st_mode), without(path.read_bytes(), run, estimator.parent))
                for path in sorted(run.rglob("*")) if path.is_file()}

    def test_make_the_same_run_wherever_and_whenever(self):
        home = self.folder / "home"
        home.mkdir()
        one = self.rendered("one", 0o022, LC_ALL="C", TZ="UTC", HOME="/")
        time.sleep(1.1)
        other = self.rendered("other", 0o077, LC_ALL="C.UTF-8", LANG="tr_TR.UTF-8", TZ="Asia/Kathmandu", HOME=str(home),
                              COLUMNS="40", TERM="dumb")
        self.assertIn("job.sbatch", one)
        self.assertEqual(one, other)

    def test_can_be_read_by_their_owner_whatever_the_umask_says(self):
        self.assertEqual(self.rendered("one", 0o022), self.rendered("other", 0o777))

    def test_make_the_same_script_in_whatever_order_their_keys_stand(self):
        lines = ESTIMATOR.splitlines()
        tables = [at for at, line in enumerate(lines) if line.startswith("[")] + [len(lines)]
        head, slurm, run = lines[:tables[0]], lines[tables[0]:tables[1]], lines[tables[1]:]
        other = "\n".join([*reversed(head), run[0], *reversed(run[1:]), slurm[0], *reversed(slurm[1:])]) + "\n"
        self.assertEqual(self.script(self.project("one")), self.script(self.project("other", other)))

    def test_keep_the_order_that_means_something(self):
        other = ESTIMATOR.replace('{ --b = 1, --a = "x" }', '{ --a = "x", --b = 1 }')
        self.assertNotEqual(self.script(self.project("one")), self.script(self.project("other", other)))


class APlan(RenderTest):
    def test_makes_the_script_that_it_was_made_for(self):
        made = 0
        for case in sorted(GOLDEN.glob("*.toml")):
            if not case.with_suffix(".sbatch").exists():
                continue
            first = case.read_text().splitlines()[0]
            words = [word.replace("{}", " ") for word in first[len("# args: "):].split()] if first.startswith("# args: ") else []
            site = [] if "--site" in words else ["--site", "site.toml"]
            answer = subprocess.run([PROGRAM, "render", case.name, *words, *site, "--json"], capture_output=True, text=True, cwd=GOLDEN)
            document = json.loads(answer.stdout)
            plan = self.write("plan.json", json.dumps(document["plan"]))
            self.assertEqual(self.script("--plan", plan), document["script"], case.name)
            made += 1
        self.assertGreater(made, 20)

    def test_that_a_run_has_makes_its_script(self):
        run = self.folder / "run"
        self.submit("render", self.project("one"), "--output", run)
        script = self.script("--plan", run / "plan.json", variables={"CHAINER_SUBMIT_SITE": "/nowhere"})
        own = (run / "job.sbatch").read_text()
        self.assertEqual(script.split("\n\n", 1)[1].replace("/shared/runs/", "").split("image=")[1], own.split("image=")[1])

    def test_that_is_none_is_named_at_its_member(self):
        document = json.loads(self.submit("render", self.project("one"), "--json").stdout)["plan"]
        document["allocation"]["nodes"] = "two"
        path = self.write("plan.json", json.dumps(document))
        result = self.submit("render", "--plan", path)
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stderr, f"chainer-submit: {path}: /allocation/nodes is string, expected a whole number\n")
        for words in (["--set", "node_count=1"], ["--output", "x"], ["--template", "x"]):
            self.assertEqual(self.submit("render", "--plan", path, *words).returncode, 2)

    def test_may_be_no_file_at_all(self):
        os.mkfifo(self.folder / "pipe")
        for path in (self.folder, self.folder / "pipe", "/dev/zero", self.folder / "nowhere", self.site):
            self.assertEqual(self.submit("render", "--plan", path).returncode, 3, path)


class ATemplate(RenderTest):
    """In the place of the program's own."""

    def setUp(self):
        super().setUp()
        self.estimator = self.project("one")
        self.own = TEMPLATE.read_text()

    def test_stands_below_the_data_of_the_run(self):
        path = self.write("mine.bash", "# of my own\n" + self.own)
        # A template of one's own may count on functions that the submitting shell exports.
        usual = self.script(self.estimator).replace("#!/bin/bash -p\n", "#!/bin/bash\n")
        self.assertEqual(self.script(self.estimator, "--template", path),
                         usual.replace(self.own, "# of my own\n" + self.own))

    def test_of_the_site_is_used_and_the_users_wins(self):
        self.write("etc/job.bash", "# of the site\n" + self.own)
        self.site.write_text('template = "job.bash"\n' + self.site.read_text())
        self.assertIn("\n# of the site\n", self.script(self.estimator))
        path = self.write("mine.bash", "# of my own\n" + self.own)
        script = self.script(self.estimator, "--template", path)
        self.assertIn("\n# of my own\n", script)
        self.assertNotIn("\n# of the site\n", script)

    def test_of_the_site_that_others_can_write_is_refused(self):
        self.write("etc/job.bash", self.own).chmod(0o666)
        self.site.write_text('template = "job.bash"\n' + self.site.read_text())
        self.assertEqual(self.findings(self.estimator), [
            (str(self.site), 1, "error", "others than its owner can write to etc/job.bash, which every job runs")])

    def test_that_cannot_be_read_is_named(self):
        os.mkfifo(self.folder / "pipe")
        for path, why in ((self.folder / "nowhere", "No such file or directory"), (self.folder, "it is not a regular file"),
                          (self.folder / "pipe", "it is not a regular file"), ("/dev/zero", "it is not a regular file")):
            self.assertEqual(self.findings(self.estimator, "--template", path),
                             [(str(path), 0, "error", f"cannot read the job template {path}: {why}")])
        self.site.write_text('template = "gone.bash"\n' + self.site.read_text())
        self.assertEqual(self.findings(self.estimator), [
            (str(self.site), 1, "error", "cannot read the job template etc/gone.bash: No such file or directory")])

    def test_that_bash_does_not_read_is_named_at_its_line(self):
        path = self.write("mine.bash", self.own + "if true; then\n")
        end = self.own.count("\n") + 2
        (*place, message), = self.findings(self.estimator, "--template", path)
        self.assertEqual(place, [str(path), end, "error"])
        self.assertTrue(message.startswith("bash says: syntax error: unexpected end of file"), message)
        self.assertEqual(self.submit("render", self.estimator, "--template", path).returncode, 3)
        self.assertEqual(self.submit("submit", self.estimator, "--template", path).returncode, 3)

    def test_with_line_ends_of_windows_is_refused(self):
        path = self.write("mine.bash", self.own.replace("\n", "\r\n"))
        self.assertIn("ends in CR LF", self.findings(self.estimator, "--template", path)[0][3])

    def test_that_is_binary_is_refused(self):
        path = self.write("mine.bash", b"\x7fELF\0\0" + self.own.encode())
        self.assertIn("cannot read the job template", self.findings(self.estimator, "--template", path)[0][3])

    def test_that_leaves_out_what_the_run_needs_is_refused(self):
        path = self.write("mine.bash", self.own.replace('"${environment[@]}"', ""))
        self.assertEqual(self.findings(self.estimator, "--template", path), [
            (str(path), 0, "error", "this job template never uses environment, and the run has something in it")])

    def test_starts_nothing_while_it_is_checked(self):
        mark = self.folder / "mark"
        path = self.write("mine.bash", f"touch '{mark}'\n" + self.own)
        startup = self.write("startup", f"touch '{mark}'\n")
        self.submit("check", self.estimator, "--template", path, variables={"BASH_ENV": str(startup), "ENV": str(startup)})
        self.assertFalse(mark.exists())

    def test_is_in_the_plan(self):
        path = self.write("mine.bash", "# of my own\n" + self.own)
        document = json.loads(self.submit("render", self.estimator, "--template", path, "--json").stdout)
        self.assertEqual(document["plan"]["template"], {"file": str(path), "text": "# of my own\n" + self.own})
        plan = self.write("plan.json", json.dumps(document["plan"]))
        self.assertEqual(self.script("--plan", plan), document["script"])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
