"""Services that have a process of their own: forked anew, not reloaded, when their code changes.

For those that say ``isolated=True``, and for code that cannot be executed twice in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from time import monotonic

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from micro.backends.host.blame import ENOUGH
from micro.backends.host.link import Link
from micro.backends.host.messages import Loaded, Report, Served, Told, Watching
from micro.backends.host.mirror import Mirror
from micro.backends.host.pauses import Pauses
from micro.backends.host.replacing import hand_over, retire
from micro.backends.host.tidings import MOMENT
from micro.backends.host.worker import Worker
from micro.backends.host.zygotes import Zygotes
from micro.events import (
    EventBus,
    HostExited,
    LoadError,
    LogWritten,
    ProblemFound,
    ServiceFailed,
    ServiceRemoved,
)
from micro.services.context import CallTool


class Workers:
    """Keeps one process for each such file; one that ends again and again is given up.

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
        links = [worker.link for worker in self._workers.values() if worker.link]
        return [link.watching for link in links if link.watching]

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

    def banish(self, file: str, services: Iterable[str]) -> None:
        """Serve a file, of which these services are known, apart: it ends what it runs in."""
        worker = Worker(file=file, pauses=Pauses(self._bus.publish), services=tuple(services))
        self._workers[file] = worker
        self._renew_soon(worker)

    def refusal(self, service: str) -> str:
        """Say why calls of a service are refused; empty while they are not."""
        worker = self._of(service)
        return worker.refusal if worker else ""

    def _of(self, service: str) -> Worker | None:
        return next((w for w in self._workers.values() if service in w.services), None)

    def reload(self, paths: Collection[Path]) -> None:
        """Fork those anew whose files changed; their calls wait meanwhile."""
        for worker in [each for each in self._workers.values() if each.is_touched(paths)]:
            self._renew_soon(worker)

    def renew(self, service: str) -> bool:
        """Fork the process of a service anew, or all if the name is empty; false if none is."""
        found = [w for w in self._workers.values() if service in ("", *w.services)]
        for worker in found:
            self._renew_soon(worker)
        return bool(found)

    def serves(self, service: str) -> bool:
        """Whether a service has a process of its own, or is to have one."""
        return self._of(service) is not None

    async def link_of(self, service: str, *, renewed: float, begun: float) -> Link | None:
        """Give the process of a service; ``None`` if it has none, or none in time.

        ``renewed`` and ``begun``: as ``Worker.process`` has them.
        """
        worker = self._of(service)
        return await worker.process(renewed=renewed, begun=begun) if worker else None

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
            case Told() if message.is_aside:
                self._bus.publish(message.event)
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
        worker.mark_stale()
        self._tasks.start_soon(self._renew, worker, worker.saves)

    async def _renew(self, worker: Worker, save: int) -> None:
        """Put another process in the place of a worker's, unless a later save does."""
        async with worker.one_at_a_time:
            if save != worker.saves:
                return
            await anyio.to_thread.run_sync(worker.settle)
            before = worker.services
            error = await self._begin(worker, worker.link)
            worker.failed = error is not None
            if error is None:
                self._renewed(worker, before)
            else:
                worker.refuse("" if worker.link else error.message)
                self._mirror.failing(worker.services, error)
            if save == worker.saves:
                worker.fresh.set()
            self._changed()
        if error is not None:
            await anyio.sleep(MOMENT)
            if save == worker.saves:
                self._tell_failed(worker, error)

    def _renewed(self, worker: Worker, before: Iterable[str]) -> None:
        worker.refuse("")
        for name in set(before) - set(worker.services):
            self._mirror.take(Told(event=ServiceRemoved(service=name)))
        if not worker.services:
            self._workers.pop(worker.file, None)

    async def _begin(self, worker: Worker, before: Link | None) -> LoadError | None:
        """Fork a process for a worker, let it load, and let it serve if it can."""
        link = Link(self, self._ask)
        self._tasks.start_soon(self._follow, worker, link)
        await link.settled.wait()
        failures = [r.event for r in link.reports if isinstance(r.event, ServiceFailed)]
        if link.loaded is None or link.host is None or failures:
            if link.host is not None:
                link.host.frames.close()
            ended = self._mirror.error(worker.file, "it ends its process")
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
        began = monotonic()
        status = await worker.live(link, self._zygotes, self._mirror.numbers)
        calls = link.calls
        link.settled.set()
        link.lose(status)
        if worker.link is link and worker.services and link.host is not None:
            worker.link = None
            self._bus.publish(HostExited(pid=link.host.pid, status=status, calls=calls))
            if link.host.status is not None and worker.strikes.add():
                self._give_up(worker, status)
                return
            worker.mark_stale()
            await worker.pauses.after(monotonic() - began, status)
            self._renew_soon(worker)

    def _give_up(self, worker: Worker, status: str) -> None:
        """Refuse the calls of a worker until its code changes: its processes end."""
        why = f"its process has ended {ENOUGH} times while it ran, the last time by {status}"
        worker.refuse(why)
        self._tell_failed(worker, self._mirror.error(worker.file, why))

    def _tell_failed(self, worker: Worker, error: LoadError) -> None:
        file = self._mirror.relative(worker.file)
        self._mirror.failed(worker.services, error, file=file, served=worker.link is not None)
        if worker.refusal:
            self._bus.publish(ProblemFound(message=worker.refusal, mend=f"mend {file} and save it"))
