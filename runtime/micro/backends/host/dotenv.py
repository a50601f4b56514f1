"""The project's ``.env``: in the host's environment, where that does not say otherwise itself."""

from __future__ import annotations

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


def environment_of(root: Path) -> Mapping[str, str]:
    """Give the environment that a project's code has, as far as it is known from outside."""
    try:
        found = dotenv_values(root / FILE, encoding="utf-8")
    except (OSError, ValueError):
        return os.environ
    return {**{name: value for name, value in found.items() if value}, **os.environ}
