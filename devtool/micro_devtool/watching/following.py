"""Joins a watcher to the backend that runs the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from micro.backends.host.client import HostBackend
from micro.backends.host.messages import Watching
from micro.events import ProblemFound
from micro_devtool.watching.folders import Wanted
from micro_devtool.watching.watcher import Watcher


def join(watcher: Watcher, backend: HostBackend) -> None:
    """Let a backend ask for changes at once, and say what else than code matters."""

    def extend(watching: Watching) -> None:
        wanted = Wanted(
            folders=frozenset(Path(folder) for folder in watching.folders),
            patterns=frozenset(watching.patterns),
            installed=frozenset(Path(folder) for folder in watching.installed),
        )
        watcher.extend(wanted)

    backend.drain_changes = watcher.drain
    backend.watch = extend


async def follow(
    watcher: Watcher, backend: HostBackend, tell: Callable[[ProblemFound], None] = lambda _: None
) -> None:
    """Tell a backend of changes, and the developer of what is not watched, until cancelled."""
    async for paths in watcher.changes():
        backend.reload(paths)
        if trouble := watcher.trouble():
            tell(ProblemFound(message=trouble))
