"""Keeps one host standing: another is begun when it ends, or when it is to be replaced.

One that is to be replaced goes on until the next one has loaded, and then ends the calls that it
has. Which calls it gets is ``client``'s to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

import anyio

from micro.backends.host.blame import ENOUGH, Blame
from micro.backends.host.link import Link
from micro.backends.host.messages import (
    Elsewhere,
    Failing,
    Load,
    Loaded,
    Reload,
    Report,
    Served,
    Settled,
    Told,
    Watching,
)
from micro.backends.host.mirror import Mirror
from micro.backends.host.pauses import Pauses
from micro.backends.host.replacing import DRAIN, hand_over, retire
from micro.backends.host.starting import keep_preload
from micro.backends.host.upkeep import Upkeep
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
from micro.registry.succession import EXCLUSIVE_DRAIN
from micro.services.context import CallTool


class Standing:
    """The host of all services that have no process of their own.

    Args:
        zygotes: What it is forked from.
        workers: Have those services, and take more.
        root: The project's folder.
        mirror: Told of its services.
        bus: Told of log lines, and of hosts that come and go.
        ask: Runs a call that a tool makes, through the gateway.

    Attributes:
        serving: The host that takes calls; ``None`` while there is none.
        newest: The same, or the one that will take its place.
        up: Set while there is one that serves.
        loaded: Set once one has ever loaded.
        preload: File that keeps what hosts import from outside of the project.
        memory_limit: Bytes that a host may grow to before it is replaced; 0 for any number.
        changed: Told when what a host wants watched has changed.
    """

    def __init__(
        self,
        zygotes: Zygotes,
        workers: Workers,
        *,
        root: Path,
        mirror: Mirror,
        bus: EventBus,
        ask: CallTool,
    ) -> None:
        self._root = root
        self._zygotes = zygotes
        self._workers = workers
        self._mirror = mirror
        self._bus = bus
        self._ask = ask
        self.serving: Link | None = None
        self.newest: Link | None = None
        self.up = anyio.Event()
        self.loaded = anyio.Event()
        self.preload: Path | None = None
        self.memory_limit = 0
        self.changed: Callable[[], None] = lambda: None
        self._blame = Blame()
        self._pauses = Pauses(bus.publish)
        self._empty = anyio.Event()
        self._status = ""
        self._had_loaded = False

    async def run(self) -> None:
        """Keep a host until cancelled."""
        self.upkeep = Upkeep(
            self.replace, self._root, limit=self.memory_limit, tell=self._bus.publish
        )
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self.upkeep.run)
            self._workers.serving(self._tasks)
            while True:
                began = monotonic()
                self._empty = anyio.Event()
                self._begin()
                await self._empty.wait()
                lived = monotonic() - began if self._had_loaded else 0.0
                await self._pauses.after(lived, self._status)

    def replace(self, reason: str, afresh: bool = False) -> None:
        """Put another host in the place of the one that serves, once it has loaded.

        Args:
            reason: Told to the developer.
            afresh: Start what hosts are forked from anew, too.
        """
        if self.serving is None or self.newest is not self.serving:
            return
        self._bus.publish(ProblemFound(message=f"the host is being replaced: {reason}"))
        if afresh:
            self._zygotes.renew()
        self._begin()

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
                self._bus.publish(message.event)
            case Served() | Told():
                if link is (self.serving or self.newest):
                    self._mirror.take(message)
                else:
                    link.reports.append(message)
            case Failing():
                if link is (self.serving or self.newest):
                    self._mirror.failing([message.service], message.error)
            case Watching():
                link.watching = message
                self.changed()
            case Elsewhere():
                self._tasks.start_soon(self._serve_elsewhere, link, message)
            case Loaded():
                link.loaded = message
                self._tasks.start_soon(self._take_loaded, link, message)

    def _begin(self) -> None:
        """Start a host, to serve once it has loaded; after a sound one, at once."""
        self.newest = Link(self, self._ask)
        self._tasks.start_soon(self._follow, self.newest)
        if self._had_loaded:
            self._tasks.start_soon(self._let_in, self.newest)

    async def _let_in(self, link: Link) -> None:
        """Let calls into a host that has not loaded yet: it loads what they ask for first."""
        await link.begun.wait()
        if self.serving is None and self.newest is link:
            self.serving = link
            self.up.set()

    def _load(self) -> Load:
        apart = self._workers.services
        expected = {name: file for name, file in self._mirror.files.items() if name not in apart}
        return Load(numbers=self._mirror.numbers, expected=expected, without=self._workers.files)

    async def _follow(self, link: Link) -> None:
        """Stay with a host to its end, and see to what that means."""
        try:
            async with self._zygotes.lent() as zygote:
                status = await link.live(zygote, self._load())
        except HostLost as error:
            status = error.message
            self._pauses.not_begun(error)
        retired = link not in (self.serving, self.newest)
        if not retired and link.host is not None:
            self._find_culprits(link, status)
        calls = link.calls
        link.lose(status)
        if self.serving is link:
            self.serving, self.up = None, anyio.Event()
        if self.newest is link:
            self.newest = self.serving
        if not retired and link.host is not None:
            self._bus.publish(HostExited(pid=link.host.pid, status=status, calls=calls))
        if self.newest is None:
            self._status, self._had_loaded = status, link.loaded is not None
            self._empty.set()

    def _find_culprits(self, link: Link, status: str) -> None:
        """Give a process of its own to what ends one host after another."""
        called = {self._mirror.files.get(service, "") for service in link.services}
        for file in self._blame.ended({*called, link.importing} - {""}):
            self._pauses.forget()
            self._workers.banish(file, self._mirror.services_of(file))
            self._bus.publish(
                ProblemFound(
                    message=f"{self._mirror.relative(file)} gets a process of its own: {ENOUGH} "
                    f"hosts in a row ended while it ran ({status})",
                    mend="see what it wrote last; its services stay apart until micro is restarted",
                )
            )

    async def _take_loaded(self, link: Link, message: Loaded) -> None:
        """Let calls into a host that has just loaded; the one before it ends its own."""
        old = self.serving
        if old is not None and old is not link:
            await hand_over(old, link, message.services)
        if link.host is None or link.is_gone:
            return
        failed = [r.event.file for r in link.reports if isinstance(r.event, ServiceFailed)]
        for report in link.reports:
            self._mirror.take(report)
        self._mirror.keep_only({*message.services, *self._workers.services})
        if self.preload is not None:
            keep_preload(self.preload, message.modules)
        self.serving = link
        self.up.set()
        self.upkeep.serves(link.host.pid)
        self._bus.publish(HostStarted(pid=link.host.pid))
        self.loaded.set()
        if old is not None and old is not link:
            await self._retire(old, link, failed)

    async def _retire(self, old: Link, new: Link, failed: Sequence[str]) -> None:
        """End a host, sooner if it may hold what kept files from loading in the new one."""
        await retire(old, within=EXCLUSIVE_DRAIN if failed else DRAIN)
        if failed and old.host is not None:
            await old.host.exited.wait()
            paths = tuple(str(self._root / file) for file in failed)
            new.order(lambda number: Reload(id=number, paths=paths))

    async def _serve_elsewhere(self, link: Link, message: Elsewhere) -> None:
        error = await self._workers.take(message.file, link)
        if link.host is not None:
            link.host.frames.send(Settled(id=message.id, error=error))
