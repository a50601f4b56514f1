"""The folders of a project that may hold its code, and the files in them that matter."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from micro.backends.host.client import PACKAGE
from micro.registry.data_files import matches
from micro.registry.discovery import ignored_folder

WATCHED_FILES = frozenset({"micro.toml", "pyproject.toml", ".env"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What matters besides the code in a project's folder.

    Attributes:
        folders: Of code elsewhere; each without those below it.
        patterns: Of other files, absolute; ``*`` matches ``/`` too.
        installed: Where packages are installed: of those folders, only packages matter.
    """

    folders: frozenset[Path] = frozenset()
    patterns: frozenset[str] = frozenset()
    installed: frozenset[Path] = frozenset()

    def matters(self, path: Path) -> bool:
        """Tell whether a change of a file can change what is served."""
        if path.parent in self.installed:
            return path.suffix == PACKAGE
        return matters(path.name) or matches(path, self.patterns)

    @property
    def every_folder(self) -> Iterator[Path]:
        """Give the folders that are to be watched for this."""
        yield from (folder for folder in self.folders | self.installed if folder.is_dir())
        for pattern in self.patterns:
            top = _fixed_part(pattern)
            if top.is_dir():
                yield from folders_below(top) if "*" in Path(pattern).parent.name else (top,)


def _fixed_part(pattern: str) -> Path:
    """Give the folder of a pattern down to its first wildcard."""
    path = Path(pattern).parent
    while glob.has_magic(str(path)):
        path = path.parent
    return Path(str(path))


def matters(name: str) -> bool:
    """Tell whether a change of a file of this name can change what is served."""
    return name.endswith(".py") or name in WATCHED_FILES


def skipped(folder: str, name: str) -> bool:
    """Tell whether a folder is a virtualenv, a cache or another that is not looked into."""
    return ignored_folder(name) or os.path.exists(os.path.join(folder, "pyvenv.cfg"))


def folders_below(top: Path) -> Iterator[Path]:
    """Give a folder and those below it, without the skipped ones."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        yield folder
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        waiting += [
            Path(entry.path)
            for entry in entries
            if entry.is_dir(follow_symlinks=False) and not skipped(entry.path, entry.name)
        ]


def files_in(folder: Path, wanted: Wanted) -> Iterator[Path]:
    """Give the files in a folder that matter."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if wanted.matters(Path(entry.path)) and not entry.is_dir():
            yield Path(entry.path)
