"""Tells which files of a project were saved, a few milliseconds after they were.

Watches the folders that may hold code one by one, so that virtualenvs and caches beside them cost
nothing. Knows nothing of what the files mean: the host compares their content.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import anyio
from watchfiles import Change, awatch

from micro.registry.discovery import ignored_folder

STEP = 10
"""Milliseconds of quiet that end a batch; less reads files that are half written."""
LONGEST_BATCH = 50
"""Milliseconds."""
WATCHED_FILES = frozenset({"micro.toml", "pyproject.toml"})


async def watch_project(root: Path) -> AsyncGenerator[tuple[Path, ...]]:
    """Yield the paths of files that were saved, made or removed, as often as there are any.

    A batch may hold files that did not change: after a folder appears everything is named.
    """
    folders = set(_folders(root))
    while True:
        stop = anyio.Event()
        async for changes in awatch(
            *folders,
            watch_filter=None,
            step=STEP,
            debounce=LONGEST_BATCH,
            stop_event=stop,
            recursive=False,
            ignore_permission_denied=True,
        ):
            paths = [Path(path) for _, path in changes]
            if named := tuple(path for path in paths if _matters(path) or path in folders):
                yield named
            if _folders_changed(changes, folders):
                stop.set()
        folders = set(_folders(root))
        yield tuple(_files(folders))


def _matters(path: Path) -> bool:
    return path.suffix == ".py" or path.name in WATCHED_FILES


def _folders_changed(changes: set[tuple[Change, str]], folders: set[Path]) -> bool:
    for change, name in changes:
        path = Path(name)
        if path in folders:
            if change is Change.deleted:
                return True
        elif change is Change.added and path.is_dir() and not ignored_folder(path.name):
            return True
    return False


def _folders(root: Path) -> Iterator[Path]:
    """Give the folders that may hold a project's code, the root first."""
    waiting = [root]
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
            if entry.is_dir(follow_symlinks=False)
            and not ignored_folder(entry.name)
            and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
        ]


def _files(folders: set[Path]) -> Iterator[Path]:
    for folder in sorted(folders):
        yield from sorted(path for path in folder.glob("*.py"))
