"""What the runtime process asks of watching: tell of changes soon, or at once of those so far."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

import anyio

from micro_devtool.watching.folders import Wanted
from micro_devtool.watching.inotify import Inotify

QUIET = 0.002
"""Seconds without a change that end a batch."""
LONGEST_BATCH = 0.05
"""Seconds after which a batch ends although changes go on."""
LOOK = 1.0
"""Seconds between two looks at folders that are not watched."""
LIMIT = (
    "there are no inotify watches left, so some folders are looked at once a second and before "
    "each call; raise fs.inotify.max_user_watches"
)
LONGEST_GIT = 2.0
"""Seconds that a batch waits for git to finish with the work tree."""


class Watcher(Protocol):
    """Hears of the files of a project that were saved, made or removed."""

    def drain(self) -> tuple[Path, ...]:
        """Give what changed and was not told yet, at once."""
        ...

    def changes(self) -> AsyncGenerator[tuple[Path, ...]]:
        """Yield changes soon after they happen, what belongs together in one batch."""
        ...

    def extend(self, wanted: Wanted) -> None:
        """Hear of other files, too; in the place of what was wanted before."""
        ...

    def trouble(self) -> str:
        """Say what the developer should know of it, once; empty if nothing."""
        ...


class InotifyWatcher:
    """A watcher on Linux. What ``drain`` gave is not told again by ``changes``."""

    def __init__(self, inotify: Inotify, root: Path) -> None:
        self._inotify = inotify
        self._git_lock = root / ".git" / "index.lock"
        self._pending: set[Path] = set()
        self._told = False

    def drain(self) -> tuple[Path, ...]:
        """Give what changed and was not told yet; nothing while git changes the work tree."""
        self._pending |= self._inotify.read()
        return () if not self._pending or self._git_lock.exists() else self._take()

    async def changes(self) -> AsyncGenerator[tuple[Path, ...]]:
        """Yield changes in batches."""
        try:
            while True:
                with anyio.move_on_after(LOOK if self._inotify.unwatched else None):
                    await anyio.wait_readable(self._inotify.fd)
                self._pending |= self._inotify.read()
                if self._pending:
                    await self._settle()
                if taken := self._take():
                    yield taken
        finally:
            self._inotify.close()

    def extend(self, wanted: Wanted) -> None:
        """Hear of other files, too; those that are there already are told once."""
        self._pending |= self._inotify.extend(wanted)

    def trouble(self) -> str:
        """Say that some folders are not watched, once."""
        told, self._told = self._told, bool(self._inotify.unwatched)
        return LIMIT if self._told and not told else ""

    def _take(self) -> tuple[Path, ...]:
        taken = tuple(sorted(self._pending))
        self._pending.clear()
        return taken

    async def _settle(self) -> None:
        """Wait until changes pause, or have had their time."""
        with anyio.move_on_after(LONGEST_BATCH):
            quiet = False
            while not quiet:
                await anyio.sleep(QUIET)
                more = self._inotify.read()
                self._pending |= more
                quiet = not more
        with anyio.move_on_after(LONGEST_GIT):
            while self._git_lock.exists():
                await anyio.sleep(QUIET)
                self._pending |= self._inotify.read()


def make_watcher(root: Path) -> tuple[Watcher, str]:
    """Give the best watcher there is for a folder.

    Returns:
        The watcher, and what the developer should know of it; empty if nothing.
    """
    if sys.platform != "linux":
        return _portable(root), ""
    try:
        watcher = InotifyWatcher(Inotify(root), root)
        return watcher, watcher.trouble()
    except OSError as error:
        return _portable(root), f"files are watched the slower way: {error}"


def _portable(root: Path) -> Watcher:
    from micro_devtool.watching.portable import PortableWatcher  # slow to import, seldom needed

    return PortableWatcher(root)
