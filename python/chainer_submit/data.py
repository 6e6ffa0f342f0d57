"""Data of a run: where it is, and how it gets to the nodes."""

from __future__ import annotations

import copy
import os
import re
import shutil
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional

from .errors import ChainerSubmitError

if TYPE_CHECKING:
    from .workspace import Workspace


class Datastore:
    """A folder that every node sees, under a name.

    A cluster has folders where the service had accounts: `Datastore.register_folder` gives a folder a name for the
    notebook's own use. A name that is an absolute path is the folder itself.
    """

    def __init__(self, workspace: Optional["Workspace"], name: str, root: Optional[str] = None) -> None:
        self.workspace = workspace
        self.name = name
        self.root = root if root is not None else _root_of(workspace, name)

    @staticmethod
    def get(workspace: "Workspace", datastore_name: str) -> "Datastore":
        return Datastore(workspace, datastore_name)

    @staticmethod
    def register_folder(workspace: "Workspace", datastore_name: str, folder: str) -> "Datastore":
        made = Datastore(workspace, datastore_name, os.path.abspath(folder))
        workspace.datastores[datastore_name] = made
        return made

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> "DataReference":
        return DataReference(self, data_reference_name, path_on_datastore=path)

    def as_mount(self) -> "DataReference":
        return self.path().as_mount()

    def as_download(self, path_on_compute: Optional[str] = None) -> "DataReference":
        return self.path().as_download(path_on_compute)

    def upload(self, src_dir: str, target_path: Optional[str] = None, overwrite: bool = False,
               show_progress: bool = True) -> "DataReference":
        """Copies a folder into the store."""
        files = [os.path.join(folder, name) for folder, _, names in os.walk(src_dir) for name in names]
        return self.upload_files(files, src_dir, target_path, overwrite, show_progress)

    def upload_files(self, files: Iterable[str], relative_root: Optional[str] = None, target_path: Optional[str] = None,
                     overwrite: bool = False, show_progress: bool = True) -> "DataReference":
        names: List[str] = list(files)
        start = relative_root or os.path.commonpath([os.path.dirname(os.path.abspath(name)) for name in names])
        for name in names:
            target = os.path.join(self.root, target_path or "", os.path.relpath(name, start))
            if os.path.exists(target) and not overwrite:
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(name, target)
            if show_progress:
                print(f"copied {name} to {target}")
        return self.path(target_path)

    def __repr__(self) -> str:
        return f"Datastore({self.name!r}, root={self.root!r})"


def _root_of(workspace: Optional["Workspace"], name: str) -> str:
    if os.path.isabs(name):
        return name
    known = workspace.datastores if workspace else {}
    if name in known:
        return known[name].root
    raise ChainerSubmitError(
        f"no folder is known for the data store '{name}'",
        f"name the folder once: Datastore.register_folder(workspace, '{name}', '/path/that/every/node/sees')")


class DataPath:
    """A path in a store."""

    def __init__(self, datastore: Datastore, path_on_datastore: str = "", name: Optional[str] = None) -> None:
        self.datastore = datastore
        self.path_on_datastore = path_on_datastore
        self.name = name

    @property
    def path(self) -> str:
        """The path, which is the same on this machine and on the nodes."""
        return os.path.normpath(os.path.join(self.datastore.root, self.path_on_datastore))

    def create_data_reference(self, data_reference_name: Optional[str] = None, mode: str = "mount",
                              path_on_compute: Optional[str] = None) -> "DataReference":
        return DataReference(self.datastore, data_reference_name or self.name, self.path_on_datastore, mode,
                             path_on_compute)

    def __repr__(self) -> str:
        return f"DataPath({self.path!r})"


class DataReference:
    """Data in a store, and how a run gets it: mount, download or direct."""

    def __init__(self, datastore: Datastore, data_reference_name: Optional[str] = None,
                 path_on_datastore: Optional[str] = None, mode: str = "mount", path_on_compute: Optional[str] = None,
                 overwrite: bool = False) -> None:
        self.datastore = datastore
        self.data_reference_name = data_reference_name or _name_from(path_on_datastore or datastore.name)
        self.path_on_datastore = path_on_datastore
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> "DataReference":
        changed = copy.copy(self)
        changed.path_on_datastore = path
        changed.data_reference_name = data_reference_name or _name_from(path or self.datastore.name)
        return changed

    def as_mount(self) -> "DataReference":
        changed = copy.copy(self)
        changed.mode = "mount"
        return changed

    def as_download(self, path_on_compute: Optional[str] = None, overwrite: bool = False) -> "DataReference":
        changed = copy.copy(self)
        changed.mode = "download"
        changed.path_on_compute = path_on_compute
        changed.overwrite = overwrite
        return changed

    @property
    def source(self) -> str:
        return os.path.normpath(os.path.join(self.datastore.root, self.path_on_datastore or ""))

    @property
    def place_on_nodes(self) -> str:
        """Where the script finds the data."""
        if self.mode == "direct":
            return self.source
        return self.path_on_compute or f"/mnt/inputs/{self.data_reference_name}"

    def as_table(self) -> Dict[str, Any]:
        table = {"name": self.data_reference_name, "path": self.source, "mode": self.mode}
        return table if self.mode == "direct" else {**table, "path_on_compute": self.place_on_nodes}

    def __str__(self) -> str:
        return self.place_on_nodes

    def __repr__(self) -> str:
        return f"DataReference({self.data_reference_name!r}, {self.source!r}, mode={self.mode!r})"


def _name_from(path: str) -> str:
    """A name that a variable may have."""
    name = re.sub(r"\W", "_", path.strip("/"), flags=re.ASCII) or "data"
    return f"_{name}" if name[0].isdigit() else name
