"""Services that have a process of their own: forked anew, not reloaded, when their code changes.

For those that say ``isolated=True``, and for code that cannot be executed twice in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import anyio
from anyio.abc import TaskGroup

from micro.backends.host.link import Link, hand_over, retire
from micro.backends.host.messages import Load, Loaded, Report, Served, Told, Watching
from micro.backends.host.mirror import Mirror
from micro.backends.host.pauses import Pauses
from micro.backends.host.zygotes import Zygotes
from micro.errors import HostLost
from micro.events import (
    EventBus,
    HostExited,
    LoadError,
    LogWritten,
    ProblemFound,
    ServiceFailed,
    ServiceRemoved,
)
from micro.registry.data_files import matches
from micro.registry.torn import digest_of, read
from micro.services.context import CallTool


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """A file whose services have a process of their own.

    Attributes:
        link: The process that serves; ``None`` while there is none.
        fresh: Set while what serves is what the files say.
        saves: How many changes of its files there were.
    """

    file: str
    pauses: Pauses
    link: Link | None = None
    services: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    patterns: tuple[str, ...] = ()
    fresh: anyio.Event = field(default_factory=anyio.Event)
    one_at_a_time: anyio.Lock = field(default_factory=anyio.Lock)
    saves: int = 0
    failed: bool = False

    def is_touched(self, paths: Iterable[Path]) -> bool:
        """Tell whether a change of these files changes what it serves."""
        for path in paths:
            if matches(path, self.patterns) or (self.failed and path.suffix == ".py"):
                return True
            known = self.files.get(str(path))
            if known is not None and known != digest_of(read(path) or b""):
                return True
        return False


class Workers:
    """Keeps one process for each such file.

    Args:
        zygotes: Where they are forked from.
        mirror: Told of their services.
        bus: Told of their log lines and their ends.
        ask: Runs a call that a tool makes, through the gateway.
        changed: Told when ``watching`` changes.
    """

    def __init__(
        self,
        zygotes: Zygotes,
        mirror: Mirror,
        bus: EventBus,
        *,
        ask: CallTool,
        changed: Callable[[], None],
    ) -> None:
        self._changed = changed
        self._zygotes = zygotes
        self._mirror = mirror
        self._bus = bus
        self._ask = ask
        self._workers: dict[str, Worker] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The files that they serve."""
        return tuple(self._workers)

    @property
    def services(self) -> frozenset[str]:
        """The services that they serve."""
        return frozenset(name for worker in self._workers.values() for name in worker.services)

    @property
    def watching(self) -> list[Watching]:
        """What they want watched."""
        links = [worker.link for worker in self._workers.values()]
        return [link.watching for link in links if link is not None and link.watching]

    def serving(self, tasks: TaskGroup) -> None:
        """Run them in ``tasks`` from now on."""
        self._tasks = tasks

    async def take(self, file: str, before: Link | None) -> LoadError | None:
        """Serve a file in a process of its own; gives why that does not work, if so.

        Args:
            file: Its path.
            before: The host that has served it so far.
        """
        worker = Worker(file=file, pauses=Pauses(self._bus.publish))
        error = await self._begin(worker, before)
        if error is None:
            worker.fresh.set()
            self._workers[file] = worker
            self._changed()
        return error

    def reload(self, paths: Iterable[Path]) -> None:
        """Fork those anew whose files changed; their calls wait meanwhile."""
        paths = tuple(paths)
        for worker in self._workers.values():
            if worker.is_touched(paths):
                self._renew_soon(worker)

    def renew(self, service: str) -> bool:
        """Fork the process of a service anew, or all if the name is empty; false if none is."""
        found = [w for w in self._workers.values() if service in ("", *w.services)]
        for worker in found:
            self._renew_soon(worker)
        return bool(found)

    async def link_of(self, service: str, patience: float) -> Link | None:
        """Give the process of a service, fresh if that is in time; ``None`` if it has none."""
        worker = next((w for w in self._workers.values() if service in w.services), None)
        if worker is None:
            return None
        if not worker.fresh.is_set():
            with anyio.move_on_after(patience):
                await worker.fresh.wait()
        return worker.link

    async def settled(self) -> None:
        """Wait until all of them are fresh."""
        for worker in list(self._workers.values()):
            await worker.fresh.wait()

    def line(self, line: LogWritten) -> None:
        """Take in a line that one of them wrote."""
        self._bus.publish(line)

    def hear(self, link: Link, message: Report) -> None:
        """Take in what one of them reports; of services, once it serves."""
        match message:
            case Told(event=LogWritten() | ProblemFound() as event):
                self._bus.publish(event)
            case Served() | Told():
                link.reports.append(message)
            case Watching():
                link.watching = message
            case Loaded():
                link.loaded = message
                link.settled.set()
            case _:
                pass

    def _renew_soon(self, worker: Worker) -> None:
        worker.saves += 1
        if worker.fresh.is_set():
            worker.fresh = anyio.Event()
        self._tasks.start_soon(self._renew, worker, worker.saves)

    async def _renew(self, worker: Worker, save: int) -> None:
        """Put another process in the place of a worker's, unless a later save does."""
        async with worker.one_at_a_time:
            if save != worker.saves:
                return
            before = worker.services
            error = await self._begin(worker, worker.link)
            worker.failed = error is not None
            if error is not None:
                self._tell_failed(worker, error)
            for name in set(before) - set(worker.services):
                self._mirror.take(Told(event=ServiceRemoved(service=name)))
            if not worker.services:
                self._workers.pop(worker.file, None)
            if save == worker.saves:
                worker.fresh.set()
            self._changed()

    async def _begin(self, worker: Worker, before: Link | None) -> LoadError | None:
        """Fork a process for a worker, let it load, and let it serve if it can."""
        link = Link(self, self._ask)
        self._tasks.start_soon(self._follow, worker, link)
        await link.settled.wait()
        failures = [r.event for r in link.reports if isinstance(r.event, ServiceFailed)]
        if link.loaded is None or link.host is None or failures:
            if link.host is not None:
                link.host.frames.close()
            ended = LoadError(file=worker.file, line=None, message="its process ended")
            return failures[0].error if failures else ended
        if before is not None:
            await hand_over(before, link, link.loaded.services)
        for report in link.reports:
            self._mirror.take(report)
        old, worker.link = worker.link, link
        worker.services, worker.files = link.loaded.services, link.loaded.files
        worker.patterns = link.watching.patterns if link.watching else ()
        if old is not None:
            self._tasks.start_soon(retire, old)
        if not worker.services:
            link.host.frames.close()
        return None

    async def _follow(self, worker: Worker, link: Link) -> None:
        """Stay with a process to its end; one that served is replaced."""
        began, status = monotonic(), "no process to fork it from"
        with suppress(HostLost):
            async with self._zygotes.lent() as zygote:
                load = Load(numbers=self._mirror.numbers, only=worker.file)
                status = await link.live(zygote, load)
        calls = link.calls
        link.settled.set()
        link.lose(status)
        if worker.link is link and worker.services and link.host is not None:
            worker.link = None
            worker.fresh = anyio.Event()
            self._bus.publish(HostExited(pid=link.host.pid, status=status, calls=calls))
            await worker.pauses.after(monotonic() - began, status)
            self._renew_soon(worker)

    def _tell_failed(self, worker: Worker, error: LoadError) -> None:
        for name in worker.services:
            number = self._mirror.numbers.get(name)
            event = ServiceFailed(service=name, error=error, serving=number, file=error.file)
            self._mirror.take(Told(event=event))
