"""The estimator class. It holds no rule: chainer-submit reads what it writes, and says what is wrong."""

from __future__ import annotations

import inspect
import os
import re
import tempfile
import warnings
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from . import program
from .container_registry import ContainerRegistry
from .data import DataPath, Datastore, DataReference
from .environment import Environment
from .errors import EstimatorError, EstimatorWarning, Finding
from .mpi import Mpi
from .toml_text import EstimatorText

if TYPE_CHECKING:
    from .compute import ComputeTarget
    from .run import Run

#: These are tables of their own, below the keys.
TABLES = ("script_params", "environment_variables")
#: Where a message says that another key stands, in a file that nobody sees.
LINE = re.compile(r" \(line \d+\)")


class Chainer:
    """A training run of Chainer, as an estimator.

    Names, order and defaults are the original's. docs/estimator.md and `chainer-submit explain KEY` say what each
    means. A relative `source_directory` starts at the working directory.
    """

    DEFAULT_VERSION = "5.1.0"
    FRAMEWORK_NAME = "Chainer"

    def __init__(
        self,
        source_directory: str,
        *,
        compute_target: Optional[Union[str, "ComputeTarget"]] = None,
        vm_size: Optional[str] = None,
        vm_priority: Optional[str] = None,
        entry_script: Optional[str] = None,
        script_params: Optional[Mapping[str, Any]] = None,
        node_count: int = 1,
        process_count_per_node: int = 1,
        distributed_backend: Optional[str] = None,
        distributed_training: Optional[Mpi] = None,
        use_gpu: bool = False,
        use_docker: bool = True,
        custom_docker_base_image: Optional[str] = None,
        custom_docker_image: Optional[str] = None,
        image_registry_details: Optional[ContainerRegistry] = None,
        user_managed: bool = False,
        conda_packages: Optional[Sequence[str]] = None,
        pip_packages: Optional[Sequence[str]] = None,
        conda_dependencies_file_path: Optional[str] = None,
        pip_requirements_file_path: Optional[str] = None,
        conda_dependencies_file: Optional[str] = None,
        pip_requirements_file: Optional[str] = None,
        environment_variables: Optional[Mapping[str, str]] = None,
        environment_definition: Optional[Environment] = None,
        inputs: Optional[Sequence[DataReference]] = None,
        source_directory_data_store: Optional[Union[str, Datastore]] = None,
        shm_size: Optional[str] = None,
        resume_from: Optional[Union[str, DataPath]] = None,
        max_run_duration_seconds: Optional[int] = None,
        framework_version: Optional[str] = None,
        _enable_optimized_mode: bool = False,
        _disable_validation: bool = True,
        _show_lint_warnings: bool = False,
        _show_package_warnings: bool = False,
    ) -> None:
        given = dict(locals())
        self._parameters: Dict[str, Any] = {name: given[name] for name in _defaults()}

    @staticmethod
    def get_supported_versions() -> List[str]:
        """The versions of Chainer that the site has recipes for."""
        return [str(one["version"]) for one in program.ask("versions")]

    @property
    def source_directory(self) -> str:
        return str(os.path.abspath(self._parameters["source_directory"]))

    def to_toml(self) -> str:
        """The estimator as chainer-submit reads it."""
        return self._written({}).text()

    def check(self) -> List[Finding]:
        """Raises EstimatorError with everything that is wrong; returns the warnings. Asks neither Slurm nor a registry."""
        _, findings = self._ask("check", {})
        return findings

    def submit(self, experiment_name: Optional[str] = None, tags: Optional[Mapping[str, str]] = None) -> "Run":
        """Sends the run to the cluster. Raises EstimatorError when something is wrong with it."""
        from .run import Run

        described: Dict[str, Any] = {}
        if experiment_name is not None:
            described["name"] = experiment_name
        if tags:
            described["tags"] = [f"{key}={value}" if value else str(key) for key, value in tags.items()]
        answer, findings = self._ask("submit", described)
        for finding in findings:
            warnings.warn(str(finding), EstimatorWarning, stacklevel=2)
        return Run(answer["folder"], job=answer["job"])

    def _ask(self, command: str, described: Mapping[str, Any]) -> Tuple[Dict[str, Any], List[Finding]]:
        written = self._written(described)
        with tempfile.TemporaryDirectory(prefix="chainer-submit-") as folder:
            # A run without a name is named after the file.
            path = os.path.join(folder, "chainer.toml")
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(written.text())
            try:
                answer = program.ask(command, path, variables=self._variables())
            except program.Refused as refused:
                findings = _findings(refused.document, path, written)
                if findings:
                    raise EstimatorError(findings) from None
                raise
            return answer, _findings(answer, path, written)

    def _written(self, described: Mapping[str, Any]) -> EstimatorText:
        text = EstimatorText()
        tables: Dict[str, Dict[Any, Any]] = {}
        for name, default in _defaults().items():
            value = self._parameters[name]
            if name == "source_directory":
                text.add(name, self.source_directory)
            elif name == "inputs":
                references = self._references()
                if references:
                    text.add(name, _plain(references))
            elif name in TABLES and isinstance(value, Mapping):
                tables[name] = {key: _argument(member) for key, member in value.items()}
            elif value is not None and value != default:
                text.add(name, _plain(value))
        for name, members in tables.items():
            if members:
                text.add_table(name, members)
        # The scripts of people who come from the service log what they measure through its module.
        text.add_table("run", {**described, "compat": True})
        return text

    def _references(self) -> Any:
        """The inputs, and the data in script_params, each once. What is no list of inputs is
        given on as it is: chainer-submit says so."""
        inputs = self._parameters["inputs"]
        if inputs and not isinstance(inputs, (list, tuple)):
            return inputs
        references = list(inputs or ())
        arguments = self._parameters["script_params"]
        for value in arguments.values() if isinstance(arguments, Mapping) else ():
            for one in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(one, DataReference) and one.as_table() not in _plain(references):
                    references.append(one)
        return references

    def _variables(self) -> Dict[str, str]:
        variables: Dict[str, str] = {}
        for name in ("image_registry_details", "environment_definition"):
            value = self._parameters[name]
            if isinstance(value, (ContainerRegistry, Environment)):
                variables.update(value.variables())
        return variables

    def __repr__(self) -> str:
        changed = [f"{name}={self._parameters[name]!r}" for name, default in _defaults().items()
                   if self._parameters[name] != default and name not in TABLES]
        return f"Chainer({', '.join(changed)})"


def _defaults() -> Dict[str, Any]:
    """The parameters in their order, with their defaults."""
    parameters = inspect.signature(Chainer.__init__).parameters
    return {name: parameter.default for name, parameter in parameters.items() if name != "self"}


def _plain(value: Any) -> Any:
    """A value of the class in the form that the estimator has."""
    if hasattr(value, "as_table"):
        return value.as_table()
    if isinstance(value, DataPath):
        return value.path
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "name"):  # a compute target or a data store
        return value.name
    if isinstance(value, (set, frozenset)) or (isinstance(value, Iterable) and not isinstance(value, (str, Mapping))):
        return [_plain(one) for one in value]
    return value


def _argument(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_argument(one) for one in value]
    if isinstance(value, (DataReference, DataPath)):
        return str(value) if isinstance(value, DataReference) else value.path
    return value


def _findings(document: Any, path: str, written: EstimatorText) -> List[Finding]:
    """What an answer says about the estimator. Its file is gone by then, so places are given as parameters."""
    found = []
    listed = document.get("findings", []) if isinstance(document, dict) else []
    for one in listed:
        is_ours = one["file"] == path
        message = LINE.sub("", one["message"]) if is_ours else f"{one['file']}:{one['line']}: {one['message']}"
        found.append(Finding(message, one["hint"], written.parameter_at(one["line"]) if is_ours else None,
                             one["file"], one["line"], one["column"], one["severity"] == "error"))
    return found
