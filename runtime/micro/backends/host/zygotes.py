"""Keeps a zygote for whoever needs a host, and another once that one is gone or out of date.

One that is out of date stays until the last host that was forked from it has ended: it alone hears
how that ends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

import anyio

from micro.backends.host.pauses import Backoff
from micro.backends.host.starting import HostSource
from micro.errors import HostLost
from micro.events import ProblemFound

Open = Callable[[], AbstractAsyncContextManager[HostSource]]


@dataclass(slots=True, eq=False)
class _Kept:
    """A zygote and how many use it.

    Attributes:
        pause: Seconds before it is started: the one before it died young.
        opened: Set once it was started, or could not be, which is the ``error`` then.
        done: Set once it is to end.
        told: What was told of its end.
    """

    pause: float
    began: float = 0.0
    zygote: HostSource | None = None
    error: HostLost | None = None
    users: int = 0
    told: str = ""
    opened: anyio.Event = field(default_factory=anyio.Event)
    done: anyio.Event = field(default_factory=anyio.Event)

    @property
    def is_lost(self) -> bool:
        return self.error is not None or (self.zygote is not None and self.zygote.is_gone)


class Zygotes:
    """Lends a zygote, the same to all. One that ends has a successor before the next is needed.

    Args:
        open_one: Starts one.
        tell: Told why one ended or could not be started, once for each reason.
    """

    def __init__(self, open_one: Open, tell: Callable[[ProblemFound], None]) -> None:
        self._open = open_one
        self._tell = tell
        self._backoff = Backoff()
        self._told = ""
        self._current: _Kept | None = None
        self._all: set[_Kept] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Lend within this context; it ends them all, after whatever is cancelled within."""
        async with anyio.create_task_group() as self._tasks:
            try:
                yield
            finally:
                self._current = None
                for kept in self._all:
                    kept.done.set()

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[HostSource]:
        """Give a zygote for as long as this lasts; what of it is lost within is told.

        Raises:
            HostLost: None can be started.
        """
        kept = self._usable()
        kept.users += 1
        try:
            await kept.opened.wait()
            if kept.zygote is None:
                raise kept.error or HostLost("micro is ending")
            yield kept.zygote
            kept.told = ""
        except HostLost as error:
            self._tell_once(kept, error)
            raise
        finally:
            kept.users -= 1
            if not kept.users and kept is not self._current:
                kept.done.set()

    def renew(self) -> None:
        """Let the next be another one: what it has imported is out of date."""
        kept, self._current = self._current, None
        if kept is not None and not kept.users:
            kept.done.set()

    def _usable(self) -> _Kept:
        """Give the one to use; begins another if there is none, or none any more."""
        kept = self._current
        if kept is None or kept.is_lost:
            pause = 0.0 if kept is None else self._backoff.after(monotonic() - kept.began)
            self.renew()
            kept = self._current = _Kept(pause)
            self._all.add(kept)
            self._tasks.start_soon(self._keep, kept)
        return kept

    async def _keep(self, kept: _Kept) -> None:
        with anyio.CancelScope(shield=True):
            try:
                with anyio.move_on_after(kept.pause):
                    await kept.done.wait()
                kept.began = monotonic()
                if not kept.done.is_set():
                    async with self._open() as kept.zygote:
                        kept.opened.set()
                        await self._until_over(kept, kept.zygote)
            except OSError as error:
                kept.error = HostLost(
                    f"the project's Python could not be started: {error}",
                    mend="end other programs, or see to the project's virtualenv",
                )
                self._succeed(kept)
                self._tell_once(kept, kept.error)
            finally:
                kept.opened.set()
                self._all.discard(kept)

    async def _until_over(self, kept: _Kept, zygote: HostSource) -> None:
        """Wait until one is to end; if it is lost before, another one takes its place."""

        async def hear() -> None:
            await zygote.until_gone()
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hear)
            await kept.done.wait()
            tasks.cancel_scope.cancel()
        if zygote.is_gone:
            self._succeed(kept)
            self._tell_once(kept, await zygote.last_words())
            await kept.done.wait()

    def _succeed(self, kept: _Kept) -> None:
        """Begin another in the place of one that was lost, if that was not done."""
        if kept is self._current:
            self._usable()

    def _tell_once(self, kept: _Kept, lost: HostLost) -> None:
        known = kept.told if not kept.pause else self._told
        kept.told = self._told = lost.message
        if lost.message != known:
            self._tell(ProblemFound(message=lost.message, mend=lost.mend))
