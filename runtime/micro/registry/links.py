"""Project files that are links, or lie below one: a save is told of what they lead to.

Knows nothing of what is in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class Links:
    """From where files really lie to the paths that the project knows them by."""

    def __init__(self) -> None:
        self._real: dict[Path, Path] = {}
        self._known_as: dict[Path, set[Path]] = {}

    def learn(self, files: Iterable[Path]) -> None:
        """Know files by their paths, at the cost of some file system calls for each new one."""
        for file in files:
            if file not in self._real:
                real = self._real[file] = file.resolve()
                if real != file:
                    self._known_as.setdefault(real, set()).add(file)

    def known(self, paths: Iterable[Path]) -> frozenset[Path]:
        """Give changed files by the paths that the project knows them by, too."""
        found = set(paths)
        for path in tuple(found):
            found |= self._known_as.get(path, set())
        for path in found:
            self._forget(path)
        return frozenset(found)

    @property
    def folders(self) -> set[Path]:
        """The folders that linked files really lie in."""
        return {real.parent for real in self._known_as}

    def _forget(self, path: Path) -> None:
        """Look again where a file leads to: it may be another link now."""
        real = self._real.pop(path, None)
        if real in self._known_as:
            self._known_as[real].discard(path)
            if not self._known_as[real]:
                del self._known_as[real]
