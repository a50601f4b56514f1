"""The project's ``.env``: in the host's environment, where that does not say otherwise itself."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

FILE = ".env"


class DotEnv:
    """Keeps the environment up with the file.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self._set: dict[str, str] = {}

    def load(self) -> bool:
        """Read the file; tells whether the environment is another one now.

        Variables that the environment has of its own stay as they are; those that the file no
        longer has go.
        """
        for name, value in self._set.items():
            if os.environ.get(name) == value:
                del os.environ[name]
        found = dotenv_values(self.path, encoding="utf-8") if self.path.is_file() else {}
        before, self._set = self._set, {}
        for name, value in found.items():
            if value is not None and name not in os.environ:
                self._set[name] = os.environ[name] = value
        return self._set != before


class ProjectEnvironment:
    """Gives the environment that a project's code has, as far as it is known from outside.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        self._content: bytes | None = None
        self._known: Mapping[str, str] = os.environ

    def __call__(self) -> Mapping[str, str]:
        """Give it as it is now: what the file says, and over it what this process has."""
        try:
            content = self._path.read_bytes()
        except OSError:
            content = b""
        if content != self._content:
            self._content, self._known = content, _read(content) | dict(os.environ)
        return self._known


def _read(content: bytes) -> dict[str, str]:
    try:
        found = dotenv_values(stream=io.StringIO(content.decode("utf-8")))
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if value}
