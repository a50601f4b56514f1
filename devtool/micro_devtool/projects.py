"""Which folder a command means."""

from __future__ import annotations

from pathlib import Path

from micro.config import find_root
from micro.errors import ConfigError


def project_root(path: Path | None) -> Path:
    """Give the project's folder: the one named, or of the file named, else found from here.

    Raises:
        ConfigError: ``path`` does not exist.
    """
    if path is None:
        return find_root(Path.cwd())
    if not path.exists():
        raise ConfigError(
            f"{path} does not exist",
            mend="name a folder with services, or make one: micro new NAME",
        )
    return (path if path.is_dir() else path.parent).resolve()
