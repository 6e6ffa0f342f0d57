#!/usr/bin/env python3
"""The Python package against the built chainer-submit.

usage: package_test.py CHAINER-SUBMIT [unittest arguments]
"""

import contextlib
import importlib.util
import inspect
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import steps
import chainer_submit
from chainer_submit import (AmlCompute, Chainer, ChainerSubmitError, ComputeTarget, ComputeTargetException,
                            CondaDependencies, ContainerRegistry, DataPath, DataReference, Datastore, EstimatorError,
                            Mpi, MpiConfiguration, Run, Workspace, run)
from chainer_submit.toml_text import toml_value

PROGRAM = os.path.abspath(sys.argv.pop(1))

# Names, order and defaults of the original class.
ORIGINAL = """source_directory compute_target=None vm_size=None vm_priority=None entry_script=None script_params=None
node_count=1 process_count_per_node=1 distributed_backend=None distributed_training=None use_gpu=False use_docker=True
custom_docker_base_image=None custom_docker_image=None image_registry_details=None user_managed=False
conda_packages=None pip_packages=None conda_dependencies_file_path=None pip_requirements_file_path=None
conda_dependencies_file=None pip_requirements_file=None environment_variables=None environment_definition=None
inputs=None source_directory_data_store=None shm_size=None resume_from=None max_run_duration_seconds=None
framework_version=None _enable_optimized_mode=False _disable_validation=True _show_lint_warnings=False
_show_package_warnings=False""".split()


class WithSite(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        context = steps.site(PROGRAM)
        self.folder = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.project = str(self.folder / "project")

    def estimator(self, **parameters):
        usual = {"compute_target": "cluster", "entry_script": "train.py", "framework_version": "7.8.1"}
        return Chainer(self.project, **{**usual, **parameters})

    def refused(self, **parameters):
        with self.assertRaises(EstimatorError) as caught:
            self.estimator(**parameters).check()
        return caught.exception


class TheClass(WithSite):
    def test_has_the_defaults_of_the_keys(self):
        """What it leaves out is None; every other default is the key table's."""
        told = subprocess.run([PROGRAM, "explain", "--json"], capture_output=True, text=True, check=True).stdout
        defaults = {key["key"]: key["default"] for key in json.loads(told)}
        own = {name.lstrip("_"): one.default for name, one in inspect.signature(Chainer).parameters.items()
               if one.default is not one.empty and one.default is not None}
        self.assertEqual(own, {name: defaults[name] for name in own})
        self.assertEqual(Chainer.DEFAULT_VERSION, defaults["framework_version"])

    def test_has_the_originals_parameters_in_their_order_with_their_defaults(self):
        parameters = list(inspect.signature(Chainer).parameters.values())
        shown = [one.name if one.default is one.empty else f"{one.name}={one.default}" for one in parameters]
        self.assertEqual(shown, ORIGINAL)
        self.assertEqual(len(parameters), 34)
        self.assertEqual({one.kind for one in parameters[1:]}, {inspect.Parameter.KEYWORD_ONLY})

    def test_has_the_originals_attributes(self):
        self.assertEqual((Chainer.DEFAULT_VERSION, Chainer.FRAMEWORK_NAME), ("5.1.0", "Chainer"))
        self.assertEqual(Chainer.get_supported_versions(), ["5.1.0", "7.8.1"])

    def test_writes_what_was_given_and_nothing_else(self):
        estimator = self.estimator(node_count=2, distributed_training=Mpi(2), shm_size="1g", _show_lint_warnings=True,
                                   script_params={"--lr": 1e-05, "--flag": "", "--list": [1, "a b"], "--on": True},
                                   environment_variables={"A": "x\n'\"\\ü"})
        self.assertEqual(estimator.to_toml(), f"""source_directory = "{self.project}"
compute_target = "cluster"
entry_script = "train.py"
node_count = 2
distributed_training = {{ type = "mpi", process_count_per_node = 2 }}
shm_size = "1g"
framework_version = "7.8.1"
show_lint_warnings = true

[script_params]
"--lr" = 1e-05
"--flag" = ""
"--list" = [1, "a b"]
"--on" = true

[environment_variables]
A = "x\\n'\\"\\\\ü"

[run]
compat = true
""")

    def test_takes_none_for_not_given(self):
        self.assertEqual(self.estimator(node_count=None, use_gpu=None, shm_size=None).to_toml(), self.estimator().to_toml())

    def test_is_checked_by_chainer_submit(self):
        self.assertEqual(self.estimator(node_count=2, distributed_training=MpiConfiguration(2)).check(), [])

    def test_gives_what_is_only_odd(self):
        findings = self.estimator(distributed_backend="mpi").check()
        self.assertEqual([(one.parameter, one.is_error) for one in findings], [("distributed_backend", False)])

    def test_finds_a_relative_folder_from_the_working_directory_on(self):
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        self.assertEqual(Chainer("project", compute_target="cluster", entry_script="train.py",
                                 framework_version="5.1.0").check(), [])


class AnError(WithSite):
    def test_names_every_parameter_that_is_wrong(self):
        error = self.refused(shm_size="2 gigs", compute_target="nowhere", node_count=0, script_params={"--a": {"b": 1}})
        self.assertEqual(set(error.parameters), {"shm_size", "compute_target", "node_count", "script_params"})
        self.assertEqual(error.exit_code, 3)

    def test_says_what_is_wrong_and_what_helps(self):
        lines = str(self.refused(framework_version="9")).splitlines()
        self.assertEqual(lines, ["framework_version: framework_version is '9', which the site has no recipe for",
                                 "  hint: there are 5.1.0, 7.8.1"])

    def test_names_a_parameter_as_the_class_spells_it(self):
        self.assertEqual(self.refused(_show_lint_warnings="yes").parameters, ["_show_lint_warnings"])

    def test_names_the_inputs_that_are_none(self):
        for inputs in ([1], 5, "data", [None]):
            self.assertEqual(self.refused(inputs=inputs).parameters, ["inputs"], inputs)

    def test_names_the_tables_that_are_none(self):
        for value in ("--a", ["--a", "b"], 5, [None]):
            self.assertEqual(self.refused(script_params=value).parameters, ["script_params"], value)
            self.assertEqual(self.refused(environment_variables=value).parameters, ["environment_variables"], value)

    def test_names_the_parameter_with_a_name_that_is_not_utf_8(self):
        name = os.fsdecode(b"caf\xe9")
        for parameters in ({"script_params": {"--data": name}}, {"entry_script": name}, {"environment_variables": {name: "1"}}):
            error = self.refused(**parameters)
            self.assertEqual(error.parameters, list(parameters))
            self.assertIn("not UTF-8", str(error))

    def test_says_no_lines_of_a_file_that_nobody_sees(self):
        error = self.refused(user_managed=True, pip_packages=["six"])
        self.assertIn("user_managed installs nothing, and stands beside pip_packages\n", str(error))

    def test_of_the_sites_file_names_the_file(self):
        (self.folder / "site.toml").write_text("x = 1\n")
        error = self.refused()
        self.assertIn(f"{self.folder}/site.toml:", str(error))
        self.assertEqual(error.parameters, [])

    def test_of_a_machine_without_the_program_says_so(self):
        os.environ["PATH"] = "/nonexistent"
        with self.assertRaises(ChainerSubmitError) as caught:
            self.estimator().check()
        self.assertEqual(str(caught.exception), "cannot run chainer-submit: No such file or directory\n"
                                                "next: install it on this machine, or put its folder into PATH")


class Values(WithSite):
    def test_of_python_are_written_as_toml(self):
        class Text:
            def __str__(self):
                return "text"

        cases = {"''": '"\'\'"', "\x00\x7f\u2028": '"\\u0000\\u007F\\u2028"', "é 𝒳": '"é 𝒳"'}
        for value, written in [*cases.items(), (2**63, '"9223372036854775808"'), (-3, "-3"), (0.1, "0.1"),
                               (math.inf, "inf"), (None, '""'), ((1, 2), "[1, 2]"), (Text(), '"text"'),
                               ({"a b": 1}, '{ "a b" = 1 }')]:
            self.assertEqual(toml_value(value), written)
        with self.assertRaises(UnicodeEncodeError):
            toml_value("\udcff")

    def test_of_a_registry_hold_no_password(self):
        registry = ContainerRegistry("r.example.org", "ada", "secret")
        estimator = self.estimator(image_registry_details=registry)
        self.assertNotIn("secret", estimator.to_toml() + repr(registry) + repr(estimator))
        self.assertEqual(registry.as_table(), {"address": "r.example.org", "username": "ada",
                                               "password_env": "CHAINER_REGISTRY_PASSWORD"})
        self.assertEqual(registry.variables(), {"CHAINER_REGISTRY_PASSWORD": "secret"})

    def test_of_data_say_where_it_is_and_where_it_will_be(self):
        workspace = Workspace.from_config()
        store = Datastore.register_folder(workspace, "shared", "/data")
        digits = workspace.get_default_datastore().path("digits").as_mount()
        estimator = self.estimator(script_params={"--data": digits}, resume_from=DataPath(store, "old/run"),
                                   inputs=[DataReference(store, "cache", "c", mode="direct")])
        text = estimator.to_toml()
        self.assertIn('inputs = [{ name = "cache", path = "/data/c", mode = "direct" }, { name = "digits", '
                      'path = "/data/digits", mode = "mount", path_on_compute = "/mnt/inputs/digits" }]\n', text)
        self.assertIn('"--data" = "/mnt/inputs/digits"\n', text)
        self.assertIn('resume_from = "/data/old/run"\n', text)

    def test_of_paths_are_written_whole(self):
        text = self.estimator(pip_requirements_file=Path("more/requirements.txt")).to_toml()
        self.assertIn('pip_requirements_file = "more/requirements.txt"\n', text)

    def test_of_packages_are_yaml(self):
        packages = CondaDependencies.create(["a", "a"], ["b=1"], python_version="3.9")
        packages.add_channel("conda-forge")
        self.assertEqual(packages.as_document(), {"channels": ["conda-forge"],
                                                  "dependencies": ["python=3.9", "b=1", {"pip": ["a"]}]})
        name = packages.save_to_file(str(self.folder))
        self.assertEqual((self.folder / name).read_text(), packages.serialize_to_string())


class AWait(WithSite):
    def test_that_is_interrupted_says_that_the_run_goes_on(self):
        said = io.StringIO()
        with mock.patch.object(run, "_pass_on", side_effect=KeyboardInterrupt), \
                self.assertRaises(KeyboardInterrupt), contextlib.redirect_stderr(said):
            Run("/runs/digits-1").wait_for_completion()
        self.assertEqual(said.getvalue(), "digits-1 goes on: wait_for_completion() waits for it again, cancel() ends it\n")

    def test_of_a_run_that_goes_on_tells_of_no_error(self):
        self.assertEqual([run._error_of({"phase": phase, "sentence": "on n1"}) for phase in ("queued", "running", "done", "failed")],
                         [None, None, None, "on n1"])


class Targets(WithSite):
    def test_are_those_of_the_site(self):
        target = ComputeTarget(Workspace.from_config(), "cluster")
        target.wait_for_completion(show_output=False)
        self.assertEqual(target.get_status().serialize(),
                         {"name": "cluster", "node_type": "cpu", "cpus": 4, "memory_bytes": 16 << 30, "gpus": 0,
                          "gpu_type": "", "partition": "batch"})
        self.assertEqual(sorted(Workspace.from_config().compute_targets), ["cluster", "other"])
        self.assertEqual(self.estimator(compute_target=target).check(), [])

    def test_that_are_not_there_are_refused_with_those_that_are(self):
        configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_NC6", max_nodes=4)
        with self.assertRaises(ComputeTargetException) as caught:
            ComputeTarget.create(Workspace.from_config(), "gpus", configuration)
        self.assertEqual(str(caught.exception), "the site has no compute target 'gpus'\nnext: there are cluster, other")


class ThePackage(unittest.TestCase):
    def test_is_installed_by_pip_without_a_network(self):
        if not all(importlib.util.find_spec(name) for name in ("setuptools", "wheel")):
            self.skipTest("setuptools and wheel are not installed")
        with tempfile.TemporaryDirectory() as folder:
            source = shutil.copytree(steps.PROJECT / "python", f"{folder}/python")
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation",
                            "--disable-pip-version-check", "--target", f"{folder}/lib", source], check=True)
            script = "import chainer_submit; print(chainer_submit.__file__, chainer_submit.VERSION)"
            output = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": f"{folder}/lib"}, cwd=folder,
                                    capture_output=True, text=True, check=True).stdout
            self.assertEqual(output, f"{folder}/lib/chainer_submit/__init__.py 0.1.0\n")
            self.assertTrue(os.path.exists(f"{folder}/lib/chainer_submit/py.typed"))

    def test_has_the_projects_version(self):
        project = (steps.PROJECT / "CMakeLists.txt").read_text()
        version = re.search(r"project\(chainer-submit VERSION ([\d.]+)", project)[1]
        self.assertEqual(chainer_submit.VERSION, version)
        self.assertIn(f'version = "{version}"', (steps.PROJECT / "python/pyproject.toml").read_text())


if __name__ == "__main__":
    unittest.main()
