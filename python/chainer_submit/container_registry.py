"""A private registry of images."""

from __future__ import annotations

from typing import Any, Dict, Optional

#: The variable that gives chainer-submit a password of the notebook's, in the environment of that one call.
PASSWORD_VARIABLE = "CHAINER_REGISTRY_PASSWORD"


class ContainerRegistry:
    """`address` and `username`, and one of `password`, `password_file` and `password_env`.

    The password is written to no file: chainer-submit gets the name of a variable and finds the password there.
    """

    def __init__(self, address: Optional[str] = None, username: Optional[str] = None, password: Optional[str] = None,
                 *, password_file: Optional[str] = None, password_env: Optional[str] = None) -> None:
        self.address = address
        self.username = username
        self.password = password
        self.password_file = password_file
        self.password_env = password_env

    def as_table(self) -> Dict[str, Any]:
        reference = self.password_env or (PASSWORD_VARIABLE if self.password is not None else None)
        table = {"address": self.address, "username": self.username, "password_file": self.password_file,
                 "password_env": reference}
        return {key: value for key, value in table.items() if value is not None}

    def variables(self) -> Dict[str, str]:
        """What chainer-submit needs in its environment to read `as_table`."""
        if self.password is None or self.password_env:
            return {}
        return {PASSWORD_VARIABLE: self.password}

    def __repr__(self) -> str:
        return f"ContainerRegistry(address={self.address!r}, username={self.username!r})"
