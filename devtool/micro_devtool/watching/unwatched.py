"""Folders that the system gives no watch for: their files are looked at, one by one.

When that is done is ``watcher``'s to say.
"""

from __future__ import annotations

from pathlib import Path

from micro_devtool.watching.folders import Wanted, files_in, folders_below

Stamp = tuple[int, int]


class Unwatched:
    """Remembers what the files in some folders were like."""

    def __init__(self) -> None:
        self._tops: set[Path] = set()
        self._stamps: dict[Path, Stamp | None] = {}

    def __bool__(self) -> bool:
        return bool(self._tops)

    def add(self, folder: Path, wanted: Wanted) -> None:
        """Look at a folder and those below it from now on."""
        if not any(folder.is_relative_to(top) for top in self._tops):
            self._tops.add(folder)
            self._stamps |= self._look(folder, wanted)

    def changed(self, wanted: Wanted) -> set[Path]:
        """Give the files that are other ones than they were, new ones and those that are gone."""
        found = {path: s for top in self._tops for path, s in self._look(top, wanted).items()}
        before, self._stamps = self._stamps, found
        return {
            path for path in before.keys() | found.keys() if before.get(path) != found.get(path)
        }

    def _look(self, top: Path, wanted: Wanted) -> dict[Path, Stamp | None]:
        return {
            path: stamp_of(path)
            for folder in folders_below(top)
            for path in files_in(folder, wanted)
        }


def stamp_of(path: Path) -> Stamp | None:
    """Give what changes with a file's content, ``None`` if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
