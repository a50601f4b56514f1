"""Has hosts replaced where that helps: for other packages, another Python, or their size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio

from micro.backends.host.python import find_python, packages_of, working_python
from micro.events import ProblemFound
from micro.system.processes import resident

INTERVAL = 1.0
"""Seconds between two looks at hosts' memory; and of quiet after packages were installed."""
GROWTH = 1.25
"""How many times its size after loading a host has to reach, whatever the limit."""


class Upkeep:
    """Watches over the hosts that serve.

    Args:
        replace: Replaces a host, told why and which process; all of them, and what they were forked
            from, if that is 0.
        root: The project's folder.
        limit: Bytes of memory; 0 for none.
        tell: Told if a Python that the project has now is of no use.
    """

    def __init__(
        self,
        replace: Callable[[str, int], None],
        root: Path,
        *,
        limit: int,
        tell: Callable[[ProblemFound], None],
    ) -> None:
        self._replace = replace
        self._root = root
        self._limit = limit
        self._tell = tell
        self._python = find_python(root)
        self._packages: frozenset[str] = frozenset()
        self._at_first: dict[int, int] = {}
        self._news = anyio.Event()
        self._filling = True

    def packages_changed(self) -> None:
        """Have the hosts replaced once no more packages come or go."""
        self._news.set()

    def serves(self, pid: int) -> None:
        """Know that a process serves: it has just loaded."""
        self._at_first[pid] = resident(pid)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            installed = False
            with anyio.move_on_after(INTERVAL) as quiet:
                while not quiet.cancel_called:
                    await self._news.wait()
                    self._news, installed = anyio.Event(), True
                    quiet.deadline = anyio.current_time() + INTERVAL
            if await self._is_in_another_python():
                self._replace("the project has a Python of its own now", 0)
            elif installed:
                self._replace("packages were installed or removed", 0)
            elif self._limit:
                self._look_at_sizes()

    def _look_at_sizes(self) -> None:
        for pid, at_first in list(self._at_first.items()):
            size = resident(pid)
            if not size:
                del self._at_first[pid]
            elif size > max(self._limit, at_first * GROWTH):
                del self._at_first[pid]
                self._replace(f"it has grown to {size // 2**20:,} MB", pid)

    async def _is_in_another_python(self) -> bool:
        """Whether the project's code would run in another Python, had it to be started now.

        A virtualenv is filled file by file: it is tried once its packages have come to rest, and
        again when there are others.
        """
        found = find_python(self._root)
        if found == self._python:
            return False
        seen, self._packages = self._packages, packages_of(found)
        if seen != self._packages:
            self._filling = True
        elif self._filling:
            self._filling = False
            if await working_python(self._root, self._tell) == found:
                self._python = found
                return True
        return False
