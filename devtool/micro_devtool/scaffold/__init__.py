"""Makes the folder of a new service that runs as it stands.

The files are in ``template``; ``$name`` in them is the service's name.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from micro.errors import ConfigError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}\Z")
_FILES = {
    "service.py.txt": "service.py",
    "README.md.txt": "README.md",
    "gitignore.txt": ".gitignore",
}


def make_service(name: str, parent: Path) -> Path:
    """Write a new service; give its folder.

    Raises:
        ConfigError: The name cannot be one, or the folder is there already, or cannot be made.
    """
    if not _NAME.match(name):
        raise ConfigError(
            f"{name!r} cannot name a service",
            mend="take letters, digits, _ and -, at most 40, beginning with a letter: "
            f"micro new {_near(name)}",
        )
    folder = parent / name
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ConfigError(
            f"{folder} is there already", mend="take another name, or another place with --dir"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, target in _FILES.items():
            text = files(__name__).joinpath("template", source).read_text("utf-8")
            (folder / target).write_text(Template(text).substitute(name=name), "utf-8")
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written: {error.strerror}", mend="take another place with --dir"
        ) from error
    return folder


def _near(name: str) -> str:
    """Give a name that can be one and looks like ``name``."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:40]
    return kept if _NAME.match(kept) else "my-service"
