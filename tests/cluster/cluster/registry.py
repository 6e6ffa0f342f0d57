"""Debian's docker-registry on a loopback port, open to all or behind a password."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import ports

ACCOUNT = "docker-registry"
USER, PASSWORD = "researcher", "correct horse battery staple"


@dataclass(frozen=True)
class Registry:
    name: str
    port: int
    config: Path
    log: Path
    password: str = ""

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def environment(self):
        """The variables by which a test finds it: CLUSTER_REGISTRY…, or CLUSTER_AUTH_REGISTRY… with a password."""
        name = "CLUSTER_AUTH_REGISTRY" if self.password else "CLUSTER_REGISTRY"
        variables = {name: self.address, f"{name}_LOG": str(self.log)}
        if self.password:
            variables |= {f"{name}_USER": USER, f"{name}_PASSWORD": self.password}
        return variables

    def start(self, daemons):
        return daemons.start(
            self.name, ["/usr/bin/docker-registry", "serve", self.config], user=ACCOUNT
        )

    def is_ready(self):
        return ports.is_open(self.port)


def open_to_all(folder, port):
    return _prepare(folder, "registry", port, "")


def behind_password(folder, port):
    name = "auth-registry"
    bcrypt = ["htpasswd", "-nbB", "-C", "5", USER, PASSWORD]  # cost 5: quick, this guards nothing
    entry = subprocess.run(bcrypt, check=True, capture_output=True, text=True).stdout
    passwords = folder.write(f"etc/{name}.htpasswd", entry)
    return _prepare(
        folder,
        name,
        port,
        f"auth:\n  htpasswd:\n    realm: cluster\n    path: {passwords}\n",
        PASSWORD,
    )


def _prepare(folder, name, port, auth, password=""):
    data = folder.path / name
    data.mkdir()
    shutil.chown(data, ACCOUNT, ACCOUNT)
    # The registry writes one access line per request into the same stream as its own messages.
    config = folder.write(
        f"etc/{name}.yml",
        "version: 0.1\n"
        "log:\n  accesslog:\n    disabled: false\n  level: warn\n  formatter: text\n"
        f"storage:\n  filesystem:\n    rootdirectory: {data}\n  delete:\n    enabled: true\n"
        f"http:\n  addr: 127.0.0.1:{port}\n  secret: virtual\n" + auth,
    )
    return Registry(name, port, config, folder.log(name), password)
