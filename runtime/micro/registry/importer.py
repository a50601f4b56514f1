"""Runs imports in a thread, and lets go of one that hangs once there is something newer to load.

What an import gives is ``importing``'s; which files are imported when is ``reload``'s.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
import traceback
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import FrameType

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
STALE = 0.05
"""The same where its own file was saved again: what it gives is out of date."""
SLOW = 1.0
"""Seconds after which an import that still runs is told of."""


@dataclass(slots=True, kw_only=True)
class _Running:
    """An import that runs; ``thread`` is 0 before it has begun and once it has ended."""

    source: Source
    began: float
    scope: anyio.CancelScope
    thread: int = 0


class Importer:
    """Imports one file at a time.

    Args:
        loader: Imports the project's modules.
        emit: Told of imports that take long.

    Attributes:
        left: Files whose import was let go of, and that were not imported since.
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
        self.left.discard(source)
        running = _Running(source=source, began=monotonic(), scope=anyio.CancelScope())
        self._running = running
        timer = asyncio.get_running_loop().call_later(SLOW, self._tell_slow, running)
        try:
            with running.scope:
                return await anyio.to_thread.run_sync(self._import, running, abandon_on_cancel=True)
        finally:
            timer.cancel()
            self._running = None
        self.left.add(source)
        raise self._leave(running)

    def let_go(self, saved: Container[Path]) -> None:
        """Give up the import that runs, once it has had its time: these files are newer."""
        if self._running is not None:
            patience = STALE if self._running.source.path in saved else STUCK
            left = patience - (monotonic() - self._running.began)
            asyncio.get_running_loop().call_later(max(0.0, left), self._running.scope.cancel)

    def _import(self, running: _Running) -> list[Service]:
        running.thread = threading.get_ident()
        try:
            return import_services(running.source, self._loader)
        finally:
            running.thread = 0

    def _leave(self, running: _Running) -> DeclarationError:
        """Make room for the next import of these modules, and end the thread if it can be ended."""
        error = DeclarationError(
            f"{running.source.path.name} was still being imported after "
            f"{monotonic() - running.began:.1f} s, at {self._where(running)}",
            mend="do long work in an on_start hook or in a tool; it is tried again at each save",
        )
        frame = _frame_of(running)
        self._loader.abandon()
        # Code from outside may not bear to be imported by halves.
        if frame is not None and self._loader.owns(Path(frame.f_code.co_filename)):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(running.thread), ctypes.py_object(SystemExit)
            )
        return error

    def _tell_slow(self, running: _Running) -> None:
        text = (
            f"{running.source.path.name} is still being imported, at {self._where(running)}; "
            "meanwhile the code before it serves"
        )
        self._emit(LogWritten(service="", call=None, level="WARNING", logger="micro", text=text))

    def _where(self, running: _Running) -> str:
        """Say which of the project's lines an import has come to."""
        frame = _frame_of(running)
        for place in reversed(traceback.extract_stack(frame) if frame else []):
            if self._loader.owns(Path(place.filename)):
                file = self._loader.places.shown(Path(place.filename))
                return f"{file}:{place.lineno}: {place.line}"
        return "a module outside of the project"


def _frame_of(running: _Running) -> FrameType | None:
    """Give what an import's thread runs now, ``None`` once it has ended."""
    return sys._current_frames().get(running.thread)  # pyright: ignore[reportPrivateUsage]
