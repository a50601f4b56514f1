"""The folders of a project that may hold its code, and the files in them that matter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from micro.registry.discovery import ignored_folder

WATCHED_FILES = frozenset({"micro.toml", "pyproject.toml", ".env"})


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


def files_in(folder: Path) -> Iterator[Path]:
    """Give the files in a folder that matter."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if matters(entry.name) and not entry.is_dir():
            yield Path(entry.path)
