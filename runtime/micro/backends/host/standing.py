"""Keeps one host standing: another is begun when it ends, or when it is to be replaced.

One that is to be replaced goes on until the next one has loaded, and then ends the calls that it
has. Which calls it gets, and whether it leads those beside it, is ``crew``'s to say.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

import anyio

from micro.backends.host.link import Link
from micro.backends.host.messages import Elsewhere, Failing, Loaded, Report, Served, Told, Watching
from micro.backends.host.mirror import Mirror
from micro.backends.host.orders import Load, Settled
from micro.backends.host.pauses import Pauses
from micro.backends.host.replacing import give_way, hand_over
from micro.backends.host.workers import Workers
from micro.backends.host.zygotes import Zygotes
from micro.errors import HostLost
from micro.events import (
    EventBus,
    HostExited,
    HostStarted,
    LogWritten,
    ProblemFound,
    ServiceFailed,
)
from micro.services.context import CallTool


class Crew(Protocol):
    """The places beside one another, as one of them sees them."""

    def leads(self, place: Standing) -> bool:
        """Whether what a place says of services is what counts."""
        ...

    async def turn(self, place: Standing) -> None:
        """Wait until a place may begin a host."""
        ...

    def joined(self, place: Standing, loaded: Loaded) -> None:
        """Know that a place has a host that has loaded."""
        ...

    def left(self, place: Standing, link: Link) -> None:
        """Know that a host of a place has ended."""
        ...

    def told(self, place: Standing, problem: ProblemFound) -> bool:
        """Whether the developer knows of a problem that a host has: others said so."""
        ...

    def blamed(self, link: Link, status: str) -> bool:
        """Know how a host ended; tells whether what ended it will not be in the next one."""
        ...


class Standing:
    """A place for a host of all services that have no process of their own.

    Args:
        crew: The places beside it.
        zygotes: What hosts are forked from.
        workers: Have those services, and take more.
        mirror: Told of the services of the host that leads.
        bus: Told of log lines, and of hosts that come and go.
        ask: Runs a call that a tool makes, through the gateway.

    Attributes:
        serving: The host that takes calls; ``None`` while there is none.
        newest: The same, or the one that will take its place.
        up: Set while there is one that serves.
        changed: Told when what a host wants watched has changed.
    """

    def __init__(
        self,
        crew: Crew,
        zygotes: Zygotes,
        *,
        workers: Workers,
        mirror: Mirror,
        bus: EventBus,
        ask: CallTool,
    ) -> None:
        self._crew = crew
        self._zygotes = zygotes
        self._workers = workers
        self._mirror = mirror
        self._bus = bus
        self._ask = ask
        self.serving: Link | None = None
        self.newest: Link | None = None
        self.up = anyio.Event()
        self.changed: Callable[[], None] = lambda: None
        self._pauses = Pauses(bus.publish)
        self._empty = anyio.Event()
        self._status = ""
        self._had_loaded = False

    async def run(self) -> None:
        """Keep a host until cancelled."""
        async with anyio.create_task_group() as self._tasks:
            while True:
                await self._crew.turn(self)
                began = monotonic()
                self._empty = anyio.Event()
                self._begin()
                await self._empty.wait()
                lived = monotonic() - began if self._had_loaded else 0.0
                await self._pauses.after(lived, self._status)

    def replace(self, reason: str) -> bool:
        """Put another host in the place of the one that serves, once it has loaded.

        Args:
            reason: Told to the developer; who has been told already, if it is empty.

        Returns:
            False if none serves, or if that is being done.
        """
        if self.serving is None or self.newest is not self.serving:
            return False
        if reason:
            self._bus.publish(ProblemFound(message=f"the host is being replaced: {reason}"))
        self._begin()
        return True

    @property
    def links(self) -> list[Link]:
        """The hosts that are to be kept up with the files."""
        return [link for link in {self.serving, self.newest} if link and not link.is_gone]

    def line(self, line: LogWritten) -> None:
        """Take in a line that a host wrote."""
        self._bus.publish(line)

    def hear(self, link: Link, message: Report) -> None:
        """Take in what a host reports; of services, only once it is the one that serves."""
        match message:
            case Told() if message.is_aside:
                problem = message.event if isinstance(message.event, ProblemFound) else None
                if problem is None or not self._crew.told(self, problem):
                    self._bus.publish(message.event)
            case Served() | Told() | Failing():
                self._hear_of_service(link, message)
            case Watching():
                link.watching = message
                self.changed()
            case Elsewhere():
                self._tasks.start_soon(self._serve_elsewhere, link, message)
            case Loaded():
                link.loaded = message
                self._tasks.start_soon(self._take_loaded, link, message)

    def _hear_of_service(self, link: Link, message: Served | Told | Failing) -> None:
        if not self._crew.leads(self):
            link.abreast.take(message)
        elif link is not (self.serving or self.newest):
            if not isinstance(message, Failing):
                link.reports.append(message)
        elif isinstance(message, Failing):
            self._mirror.failing([message.service], message.error)
        else:
            self._mirror.take(message)

    def _begin(self) -> None:
        """Start a host, to serve once it has loaded; one that leads after a sound one, at once."""
        self.newest = Link(self, self._ask)
        self._tasks.start_soon(self._follow, self.newest)
        if self._had_loaded and self._crew.leads(self):
            self._tasks.start_soon(self._let_in, self.newest)

    async def _let_in(self, link: Link) -> None:
        """Let calls into a host that has not loaded yet: it loads what they ask for first."""
        await link.begun.wait()
        if self.serving is None and self.newest is link:
            self.serving = link
            self.up.set()

    def _load(self, link: Link) -> Load:
        apart = self._workers
        if not self._crew.leads(self):
            return Load(numbers=self._mirror.numbers_before, without=apart.files, follows=True)
        link.abreast.leads = True
        expected = {
            name: file for name, file in self._mirror.files.items() if name not in apart.services
        }
        return Load(numbers=self._mirror.numbers, expected=expected, without=apart.files)

    async def _follow(self, link: Link) -> None:
        """Stay with a host to its end, and see to what that means."""
        try:
            async with self._zygotes.lent() as zygote:
                status = await link.live(zygote, self._load(link))
        except HostLost as error:
            status = error.message
            self._pauses.not_begun()
        exited = link.host is not None and link in (self.serving, self.newest)
        if exited and self._crew.blamed(link, status):
            self._pauses.forget()
        calls = link.calls
        link.lose(status)
        if self.serving is link:
            self.serving, self.up = None, anyio.Event()
        if self.newest is link:
            self.newest = self.serving
        if exited:
            self._bus.publish(HostExited(pid=link.pid, status=status, calls=calls))
        self._crew.left(self, link)
        if self.newest is None:
            self._status = status
            if link.host is not None:
                self._had_loaded = link.loaded is not None
            self._empty.set()

    async def _take_loaded(self, link: Link, message: Loaded) -> None:
        """Let calls into a host that has just loaded; the one before it ends its own."""
        old = self.serving
        if old is not None and old is not link:
            await hand_over(old, link, message.services)
        if link.host is None or link.is_gone:
            return
        failed = [r.event.file for r in link.reports if isinstance(r.event, ServiceFailed)]
        if self._crew.leads(self):
            for report in link.reports:
                self._mirror.take(report)
            self._mirror.keep_only({*message.services, *self._workers.services})
        self.serving = link
        self.up.set()
        replaced = old.host.pid if old is not None and old is not link and old.host else None
        self._bus.publish(HostStarted(pid=link.host.pid, replaces=replaced))
        self._crew.joined(self, message)
        if old is not None and old is not link:
            await give_way(old, link, [self._mirror.absolute(file) for file in failed])

    async def _serve_elsewhere(self, link: Link, message: Elsewhere) -> None:
        if self._crew.leads(self):
            error = await self._workers.take(message.file, link)
        elif message.file in self._workers.files:
            error = None
        else:
            error = self._mirror.error(message.file, "it is in no process of its own")
        if link.host is not None:
            link.host.frames.send(Settled(id=message.id, error=error))
