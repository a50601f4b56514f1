"""Several hosts of the same services: one leads, the others follow it, and all share the calls.

A save is told to the one that leads. What it loads is told as the project's, and the others load
the same once it has: until then they get no calls, so that no call is answered by other code than
the lead's. If it ends, one that follows leads on. Each host keeps to its place in ``standing``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeGuard

import anyio

from micro.backends.host.culprits import Culprits
from micro.backends.host.following import Following
from micro.backends.host.link import Link
from micro.backends.host.messages import Loaded
from micro.backends.host.mirror import Mirror
from micro.backends.host.standing import Standing
from micro.backends.host.starting import keep_preload
from micro.backends.host.upkeep import Upkeep
from micro.backends.host.workers import Workers
from micro.backends.host.zygotes import Zygotes
from micro.events import EventBus, ProblemFound
from micro.services.context import CallTool
from micro.snapshots import HostView
from micro.system.processes import resident

KEPT_PROBLEMS = 50
"""Problems of which it is known that the host that leads has told them."""


class Crew:
    """The hosts of all services that have no process of their own.

    Args:
        zygotes: What they are forked from.
        workers: Have those services, and take more.
        mirror: Told of the services of the one that leads.
        bus: Told of log lines, and of hosts that come and go.
        ask: Runs a call that a tool makes, through the gateway.
        size: How many there are.

    Attributes:
        lead: The place of the host that leads.
        loaded: Set once one has ever loaded.
        preload: File that keeps what hosts import from outside of the project.
    """

    def __init__(
        self,
        zygotes: Zygotes,
        workers: Workers,
        *,
        mirror: Mirror,
        bus: EventBus,
        ask: CallTool,
        size: int,
    ) -> None:
        self._zygotes = zygotes
        self._workers = workers
        self._mirror = mirror
        self._bus = bus
        places = [
            Standing(self, zygotes, workers=workers, mirror=mirror, bus=bus, ask=ask)
            for _ in range(size)
        ]
        self.lead = places[0]
        self._culprits = Culprits(workers, mirror, bus)
        self._following = Following(
            mirror, workers, lead=lambda: self.lead.serving, tell=bus.publish
        )
        self._places = places
        self._followers = places[1:]
        self._told: deque[str] = deque(maxlen=KEPT_PROBLEMS)
        self._renews = False
        self.loaded = anyio.Event()
        self.preload: Path | None = None

    def on_watching(self, changed: Callable[[], None]) -> None:
        """Tell when what hosts want watched has changed."""
        for place in self._places:
            place.changed = changed

    async def run(self, upkeep: Upkeep) -> None:
        """Keep the hosts until cancelled."""
        self.upkeep = upkeep
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(upkeep.run)
            self._workers.serving(self._tasks)
            for place in self._places:
                self._tasks.start_soon(place.run)

    @property
    def links(self) -> list[Link]:
        """The hosts there are, and those that are to take their places."""
        return [link for place in self._places for link in place.links]

    @property
    def views(self) -> tuple[HostView, ...]:
        """What is known of each host, in the order of the places."""
        return tuple(self._view(place) for place in self._places)

    def choose(self, service: str) -> Link | None:
        """Give the host with the fewest calls of those that have what serves now."""
        best = self.lead.serving
        if not self._followers:
            return best
        for place in self._followers:
            link = place.serving
            if (
                link is not None
                and (best is None or link.calls < best.calls)
                and self._following.has(link, service)
            ):
                best = link
        return best

    def leading(self, service: str) -> Link | None:
        """Give the host that leads, whatever the service: what it does not have is not there."""
        return self.lead.serving

    def save(self, paths: Iterable[Path]) -> None:
        """Tell the host that leads of files that changed, and then the others."""
        others = [link for place in self._followers for link in place.links]
        self._following.save(paths, leading=self.lead.links, others=others)
        self.catch_up()

    def catch_up(self) -> None:
        """Let those that follow load what the one that leads has loaded."""
        self._following.wake()
        for place in self._followers:
            if place.serving is not None:
                self._tasks.start_soon(self._following.bring, place.serving)

    def replace(self, reason: str, pid: int) -> None:
        """Put another host in the place of one; of all, from other packages, if ``pid`` is 0."""
        if pid == 0 and self.lead.replace(reason):
            self._zygotes.renew()
            self._renews = True
        for place in self._places:
            if pid and place.serving is not None and place.serving.pid == pid:
                place.replace(reason)

    def leads(self, place: Standing) -> bool:
        """Whether what a place says of services is what counts."""
        return place is self.lead

    async def turn(self, place: Standing) -> None:
        """Wait until a place may begin a host: those that follow do so after the lead's."""
        if place is not self.lead:
            await self._following.lead_loaded()

    def joined(self, place: Standing, loaded: Loaded) -> None:
        """Let a host that has loaded have calls, once it serves what the one that leads does."""
        link = place.serving
        assert link is not None
        self.upkeep.serves(link.pid)
        lead = self.lead.serving
        if place is self.lead:
            self._lead_joined(loaded)
        elif link.abreast.outdated:
            place.replace("")
        elif lead is not None and (lead.abreast.behind or not lead.abreast.leads):
            # This one has survived to load what the last one that led had not.
            self._following.tell_lead(lead)
        self.catch_up()

    def left(self, place: Standing, link: Link) -> None:
        """Let another lead if the host that led has ended."""
        if self.preload is not None and link.pid and not (link.loaded or link.importing):
            self.preload.unlink(missing_ok=True)  # it ended before it got to the project's code
        if place is not self.lead or place.serving is not None:
            return
        heirs = {each.serving: each for each in self._followers if _has_loaded(each.serving)}
        if heirs:
            heir = max(heirs, key=lambda each: each.abreast.saves)
            self.lead = heirs[heir]
            self._followers = [each for each in self._places if each is not self.lead]
            if link.importing and link.abreast.leads:
                self._tell_fatal(link.importing)
            else:
                self._following.tell_lead(heir)
        self.catch_up()

    def told(self, place: Standing, problem: ProblemFound) -> bool:
        """Whether the developer knows of a problem that a host has: the one that leads said so."""
        if place is self.lead:
            self._told.append(problem.message)
            return False
        return problem.message in self._told

    def blamed(self, link: Link, status: str) -> bool:
        """Have hosts let go of the files that ended one after another; tells whether there are."""
        if link.host is None or link.host.status is None:
            return False  # what it was forked from has ended, too: that is not for its code
        files = self._culprits.ended(link, status)
        if files and self._followers:
            self._following.leave(files)
            self.save(())
        return bool(files)

    def _lead_joined(self, loaded: Loaded) -> None:
        if self.preload is not None:
            keep_preload(self.preload, loaded.modules)
        self.loaded.set()
        if self._renews:
            self._renews = False
            for place in self._followers:
                for link in place.links:
                    link.abreast.outdated = True
                place.replace("")

    def _tell_fatal(self, file: str) -> None:
        """Tell that what was saved does not load: the host that led did not survive it."""
        error = self._mirror.error(file, "it ends its process")
        services, name = self._mirror.services_of(file), self._mirror.relative(file)
        self._mirror.failed(services, error, file=name, served=True)

    def _view(self, place: Standing) -> HostView:
        link = place.serving
        if link is None or link.host is None:
            state = "restarting" if self.loaded.is_set() else "starting"
            return HostView(pid=None, state=state, leads=place is self.lead)
        behind = [] if place is self.lead else self._following.differing(link)
        return HostView(
            pid=link.host.pid,
            state="serving",
            calls=link.calls,
            memory=resident(link.host.pid),
            leads=place is self.lead,
            behind=tuple(behind),
            failing=tuple(name for name in behind if self._following.error(link, name)),
        )


def _has_loaded(link: Link | None) -> TypeGuard[Link]:
    """Whether a host runs and has loaded."""
    return link is not None and link.loaded is not None and not link.is_gone
