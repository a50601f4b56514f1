"""Keeps a zygote for whoever needs a host, and another once that one is gone or out of date.

One that is out of date stays until the last host that was forked from it has ended: it alone hears
how that ends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import anyio

from micro.backends.host.starting import HostSource
from micro.errors import HostLost

Open = Callable[[], AbstractAsyncContextManager[HostSource]]


@dataclass(slots=True, eq=False)
class _Kept:
    """A zygote and how many use it. ``opened`` is set too if it could not be started."""

    zygote: HostSource | None = None
    users: int = 0
    opened: anyio.Event = field(default_factory=anyio.Event)
    done: anyio.Event = field(default_factory=anyio.Event)


class Zygotes:
    """Lends a zygote, the same to all.

    Args:
        open_one: Starts one.
    """

    def __init__(self, open_one: Open) -> None:
        self._open = open_one
        self._current: _Kept | None = None
        self._all: set[_Kept] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Lend within this context; it ends them all, after whatever is cancelled within."""
        async with anyio.create_task_group() as self._tasks:
            try:
                yield
            finally:
                for kept in self._all:
                    kept.done.set()

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[HostSource]:
        """Give a zygote for as long as this lasts.

        Raises:
            HostLost: None can be started.
        """
        kept = self._current
        if kept is None or (kept.zygote is not None and kept.zygote.is_gone):
            self.renew()
            kept = self._current = _Kept()
            self._all.add(kept)
            self._tasks.start_soon(self._keep, kept)
        kept.users += 1
        try:
            await kept.opened.wait()
            if kept.zygote is None:
                raise HostLost("the project's Python could not be started", mend="see the log")
            yield kept.zygote
        finally:
            kept.users -= 1
            if not kept.users and kept is not self._current:
                kept.done.set()

    def renew(self) -> None:
        """Let the next be another one: what it has imported is out of date."""
        kept, self._current = self._current, None
        if kept is not None and not kept.users:
            kept.done.set()

    async def _keep(self, kept: _Kept) -> None:
        with anyio.CancelScope(shield=True):
            try:
                async with self._open() as kept.zygote:
                    kept.opened.set()
                    await kept.done.wait()
            except OSError:
                self._current = None
            finally:
                kept.opened.set()
                self._all.discard(kept)
