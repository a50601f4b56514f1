"""How one generation follows another: started beside it, or once it has stopped.

Undone as a whole where a step fails: what was started is stopped, what was stopped is started.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Generator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from types import TracebackType
from typing import Self

import anyio

from micro.registry.generation import Generation, start

EXCLUSIVE_DRAIN = 5.0
"""Seconds that calls may go on in a generation that must stop before the next one starts."""

log = logging.getLogger(__name__)


class Gates:
    """Services whose calls wait, because none of their generations runs just now."""

    def __init__(self) -> None:
        self._shut: dict[str, anyio.Event] = {}

    @contextmanager
    def shut(self, service: str) -> Generator[None]:
        """Make calls of a service wait as long as this lasts."""
        self._shut[service] = opened = anyio.Event()
        try:
            yield
        finally:
            del self._shut[service]
            opened.set()

    async def passed(self, service: str) -> None:
        """Wait until calls of a service may go in; at once, as a rule."""
        while service in self._shut:
            await self._shut[service].wait()


class Succession:
    """The steps from the old generations of a file's services to the new ones.

    A context: what was begun in it is undone at its end unless it was completed.

    Attributes:
        outlived: Old generations that still run, and are to be retired once it is completed.
    """

    def __init__(self, gates: Gates) -> None:
        self._gates = gates
        self._undo = AsyncExitStack()
        self._shut = ExitStack()
        self.outlived: list[Generation] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._shut:
            await self._undo.aclose()

    async def begin(self, new: Generation, old: Generation | None) -> None:
        """Start a generation, with what the old one hands over.

        Raises:
            Exception: Whatever a hook of the new one raised.
        """
        hosting = [generation.service.hosting for generation in (new, old) if generation]
        if old is not None and any(each.get("exclusive") for each in hosting):
            await self._follow(old, new)
            return
        try:
            await self._start(new)
        except OSError as error:
            if old is None or error.errno != errno.EADDRINUSE:
                raise
            log.warning(
                "%s holds an address, so its old generation stops before the new one starts; "
                "exclusive=True on the service says so at once",
                new.service.name,
            )
            await self._follow(old, new)
            return
        if old is not None:
            await new.take_over(await old.hand_over())
            self.outlived.append(old)

    def complete(self) -> None:
        """Keep what was done."""
        self._undo.pop_all()

    async def _follow(self, old: Generation, new: Generation) -> None:
        """Stop the old before the new starts; calls wait meanwhile."""
        self._shut.enter_context(self._gates.shut(old.service.name))
        with anyio.move_on_after(EXCLUSIVE_DRAIN):
            await old.drain()
        packed = await old.hand_over()
        self._undo.push_async_callback(_start_again, old)
        await old.stop()
        await self._start(new)
        await new.take_over(packed)

    async def _start(self, new: Generation) -> None:
        await start(new)
        self._undo.push_async_callback(new.stop)


async def _start_again(old: Generation) -> None:
    try:
        await start(old)
    except Exception:
        log.exception("%s, which was stopped, could not be started again", old.service.name)
