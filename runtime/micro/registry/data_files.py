"""Files that are no code and are read when a module is imported: what ``watch=`` names.

A pattern counts from the folder of the module that makes the service, and from the project's; ``*``
reaches into folders below, too.
"""

from __future__ import annotations

import fnmatch
import glob
from collections.abc import Iterable, Sequence
from pathlib import Path

from micro.registry.torn import digest_of, read


def absolute_patterns(patterns: Sequence[str], *folders: Path) -> tuple[str, ...]:
    """Give patterns as they are matched against whole paths."""
    every = (
        f"{glob.escape(str(folder))}/{pattern.replace('**/', '')}"
        for folder in dict.fromkeys(folders)
        for pattern in patterns
    )
    return tuple(every)


def matches(path: Path, patterns: Iterable[str]) -> bool:
    """Tell whether a file is named by one of these absolute patterns."""
    return any(fnmatch.fnmatchcase(str(path), pattern) for pattern in patterns)


class DataFiles:
    """Which modules read which files, and what was in those when they did."""

    def __init__(self) -> None:
        self._patterns: dict[str, tuple[str, ...]] = {}
        self._digests: dict[str, dict[Path, bytes]] = {}

    def know(self, module: str, patterns: tuple[str, ...]) -> None:
        """Know what a module that was just imported says that it reads."""
        self._patterns.pop(module, None)
        self._digests.pop(module, None)
        if patterns:
            self._patterns[module] = patterns
            found = (Path(name) for pattern in patterns for name in glob.iglob(pattern))
            data = {path: read(path) for path in found}
            self._digests[module] = {p: digest_of(d) for p, d in data.items() if d is not None}

    @property
    def patterns(self) -> frozenset[str]:
        """All patterns there are."""
        return frozenset(pattern for each in self._patterns.values() for pattern in each)

    def readers(self, paths: Iterable[Path]) -> frozenset[str]:
        """Name the modules that read one of these files."""
        paths = tuple(paths)
        return frozenset(
            module
            for module, patterns in self._patterns.items()
            if any(matches(path, patterns) for path in paths)
        )

    def changed(self, paths: Iterable[Path]) -> frozenset[str]:
        """Name the modules that read one of these files when something else was in it."""
        return frozenset(
            module
            for path in paths
            for module in self.readers([path])
            if self._differs(module, path)
        )

    def _differs(self, module: str, path: Path) -> bool:
        data = read(path)
        return self._digests[module].get(path) != (None if data is None else digest_of(data))
