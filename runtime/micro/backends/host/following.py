"""Has hosts that follow load what the one that leads has loaded, and knows which have.

Which one leads, and which of them gets a call, is ``crew``'s to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import anyio

from micro.backends.host.link import Link
from micro.backends.host.mirror import Mirror, describe
from micro.backends.host.orders import Reload, ReloadService
from micro.backends.host.tidings import MOMENT
from micro.backends.host.workers import Workers
from micro.events import LoadError, ProblemFound

ATTEMPTS = 2
"""How often a host tries to load what the one that leads has loaded, before it goes on without."""


class Following:
    """What was saved, on its way to the host that leads and from there to those that follow.

    Args:
        mirror: Knows what the one that leads serves.
        workers: Have the services that none of them serves.
        lead: Gives the one that leads, if it takes calls.
        tell: Told of services that load in some of them only.
    """

    def __init__(
        self,
        mirror: Mirror,
        workers: Workers,
        *,
        lead: Callable[[], Link | None],
        tell: Callable[[ProblemFound], None],
    ) -> None:
        self._mirror = mirror
        self._workers = workers
        self._lead = lead
        self._tell = tell
        self._saves = 0
        self._apart: set[str] = set()
        self._moved = anyio.Event()
        self._lacking: dict[str, str] = {}

    def save(
        self, paths: Iterable[Path], *, leading: Iterable[Link], others: Iterable[Link]
    ) -> None:
        """Tell who leads of files that changed; the others are behind from now on."""
        self._saves += 1
        paths = tuple(paths)
        for link in others:
            link.abreast.behind.update(paths)
        for link in leading:
            link.abreast.behind.update(paths)
            self.tell_lead(link)

    def leave(self, files: Iterable[str]) -> None:
        """Have no host load these files from now on: others serve them."""
        self._apart.update(files)

    def tell_lead(self, link: Link) -> None:
        """Tell a host that leads of all that it does not know; first of all that it leads."""
        state, numbers, missing = link.abreast, None, list[str]()
        paths, state.behind = {str(path) for path in state.behind}, set()
        if not state.leads:
            state.leads, numbers, missing = True, self._mirror.numbers, self.differing(link)
        order = partial(
            Reload,
            paths=tuple(sorted(paths | self._files_of(missing))),
            numbers=numbers,
            without=self._left_out,
            awaited=tuple(missing),
        )
        link.order(lambda number: order(id=number))

    def wake(self) -> None:
        """Know that something has changed for those who wait for the host that leads."""
        self._moved.set()
        self._moved = anyio.Event()

    async def lead_loaded(self) -> None:
        """Wait until the host that leads has loaded for the first time."""
        while (link := self._lead()) is None or link.loaded is None:
            await self._moved.wait()

    async def bring(self, link: Link) -> None:
        """Let a host load what the one that leads serves; it gets calls from then on."""
        state = link.abreast
        async with state.one_at_a_time:
            if state.outdated or (state.saves == self._saves and not self.differing(link)):
                return
            saves = await self._lead_is_done()
            for _ in range(ATTEMPTS):
                if link.is_gone or link is self._lead():
                    return
                await self._follow(link)
                if not self.differing(link):
                    break
            state.saves = saves
        await anyio.sleep(MOMENT)
        if saves == self._saves and not link.is_gone:
            self._tell_lacking(link)

    def has(self, link: Link, service: str) -> bool:
        """Tell whether a host that follows answers calls of a service as the one that leads."""
        state = link.abreast
        return state.saves == self._saves and not state.outdated and self._serves(link, service)

    def differing(self, link: Link) -> list[str]:
        """Name the services of which a host that follows does not have what serves."""
        apart = self._workers.services
        return [n for n in self._mirror.files if n not in apart and not self._serves(link, n)]

    def error(self, link: Link, service: str) -> LoadError | None:
        """Give why a service does not load in a host; ``None`` if that is not known to be so."""
        file = self._mirror.relative(self._mirror.files[service])
        return link.abreast.error(service, file)

    def _serves(self, link: Link, service: str) -> bool:
        mirror = self._mirror
        number = mirror.numbers.get(service)
        return link.abreast.serves(service, number, broken=mirror.broken)

    async def _follow(self, link: Link) -> None:
        """Tell a host of what it has not been told, and of what it still serves otherwise."""
        state = link.abreast
        paths, state.behind = {str(path) for path in state.behind}, set()
        paths |= self._files_of(self.differing(link))
        order = partial(
            Reload,
            paths=tuple(sorted(paths)),
            numbers=self._mirror.numbers_before,
            without=self._left_out,
            follows=True,
        )
        await link.order(lambda number: order(id=number))
        for name in self.differing(link):
            again = partial(ReloadService, service=name)
            await link.order(lambda number, again=again: again(id=number))

    async def _lead_is_done(self) -> int:
        """Wait until the host that leads has loaded all that was saved; gives how many saves."""
        while True:
            link = self._lead()
            if link is None or link.loaded is None or link.abreast.behind:
                await self._moved.wait()
            elif orders := link.orders:
                await asyncio.wait(orders)
            else:
                return self._saves

    def _tell_lacking(self, link: Link) -> None:
        """Tell, once, of what loads in the host that leads and not in another."""
        for name in set(self.differing(link)) - set(self._mirror.broken):
            error = self.error(link, name)
            if error is None or self._lacking.get(name) == error.message:
                continue
            self._lacking[name] = error.message
            self._tell(
                ProblemFound(
                    message=f"{name} runs in one process alone, as it does not load in a second "
                    f"one: {describe(error)}",
                    mend="write isolated=True on the service if there can be only one of it",
                )
            )

    @property
    def _left_out(self) -> tuple[str, ...]:
        return tuple(sorted(self._apart.intersection(self._workers.files)))

    def _files_of(self, services: Iterable[str]) -> set[str]:
        return {self._mirror.files[name] for name in services}
