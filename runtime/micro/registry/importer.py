"""Runs imports in a thread, and lets go of one that hangs once there is something newer to load.

What an import gives is ``importing``'s; which files are imported when is ``reload``'s.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import anyio
import anyio.to_thread

from micro.errors import DeclarationError
from micro.events import LogWritten
from micro.registry.discovery import Source
from micro.registry.importing import import_services
from micro.registry.loader import ProjectLoader
from micro.services.service import Service

STUCK = 0.3
"""Seconds after which an import is let go of if files were saved meanwhile."""
SLOW = 1.0
"""Seconds after which an import that still runs is told of."""


@dataclass(slots=True, kw_only=True)
class _Running:
    """An import that runs. ``thread`` is 0 before it has begun and once it has ended."""

    source: Source
    began: float
    scope: anyio.CancelScope
    thread: int = 0
    left: bool = False


class Importer:
    """Imports one file at a time.

    Args:
        loader: Imports the project's modules.
        emit: Told of imports that take long.

    Attributes:
        left: Files whose import was let go of and did not come to an end since.
    """

    def __init__(self, loader: ProjectLoader, emit: Callable[[LogWritten], None]) -> None:
        self._loader = loader
        self._emit = emit
        self._running: _Running | None = None
        self.left: set[Source] = set()

    async def services(self, source: Source) -> list[Service]:
        """Import a file, and give the services that it defines.

        Raises:
            DeclarationError: ``let_go`` was called meanwhile.
            Exception: As ``import_services`` does.
        """
        services: list[Service] = []

        async def work() -> None:
            services[:] = await anyio.to_thread.run_sync(
                self._import, running, abandon_on_cancel=True
            )
            tasks.cancel_scope.cancel()

        error: Exception | None = None
        with anyio.CancelScope() as scope:
            running = self._running = _Running(source=source, began=monotonic(), scope=scope)
            try:
                services = await self._told_if_slow(running)
            except Exception as raised:
                error = raised
            finally:
                self._running = None
        if running.left:
            self.left.add(source)
            raise self._given_up(running)
        self.left.discard(source)
        if error is not None:
            raise error
        return services
