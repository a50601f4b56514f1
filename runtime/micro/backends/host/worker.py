"""A file whose services have a process of their own, and what is known of that process.

Which files those are, and when a process is put in the place of another, is ``workers``'s to say.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from micro.backends.host.blame import Strikes
from micro.backends.host.link import Link
from micro.backends.host.orders import Load
from micro.backends.host.pauses import Pauses
from micro.backends.host.zygotes import Zygotes
from micro.errors import HostLost
from micro.registry.data_files import matches
from micro.registry.discovery import defines_service
from micro.registry.torn import digest_of, read, read_settled

KILLED = -9
"""How a process ends that somebody else ended, or the system for want of memory."""


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """A file whose services have a process of their own.

    Attributes:
        link: The process that serves; ``None`` while there is none.
        fresh: Set while what serves is what the files say.
        saves: How many changes of its files there were.
        failed: Whether its code does not load as it is now.
        refusal: Why its calls are refused; empty while they are not.
    """

    file: str
    pauses: Pauses
    link: Link | None = None
    services: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    patterns: tuple[str, ...] = ()
    fresh: anyio.Event = field(default_factory=anyio.Event)
    one_at_a_time: anyio.Lock = field(default_factory=anyio.Lock)
    strikes: Strikes = field(default_factory=Strikes)
    saves: int = 0
    failed: bool = False
    refusal: str = ""

    def is_touched(self, paths: Iterable[Path]) -> bool:
        """Tell whether a change of these files changes what it serves."""
        any_code = self.failed or not self.files
        for path in paths:
            if matches(path, self.patterns) or (any_code and path.suffix == ".py"):
                return True
            known = self.files.get(str(path))
            if known is not None and (self.refusal or known != digest_of(read(path) or b"")):
                return True
        return False

    def mark_stale(self) -> None:
        """Know that what serves is not what the files say, or that nothing does."""
        if self.fresh.is_set():
            self.fresh = anyio.Event()

    async def process(self, *, renewed: float, begun: float) -> Link | None:
        """Give the process that serves; ``None`` if there is none in time.

        Args:
            renewed: Seconds that another one may take while there is one.
            begun: Seconds that it may take while there is none.
        """
        with anyio.move_on_after(renewed if self.link else begun):
            await self.fresh.wait()
        return self.link

    async def live(self, link: Link, zygotes: Zygotes, numbers: dict[str, int]) -> str:
        """Stay with a process to its end, and say how it ended.

        Begun again while there is none to fork it from, and if others ended it while it loaded.
        """
        while True:
            with suppress(HostLost):
                async with zygotes.lent() as zygote:
                    status = await link.live(zygote, Load(numbers=numbers, only=self.file))
                if link.loaded is not None or self._ends_itself(link):
                    return status
            link.reports.clear()
            self.pauses.not_begun()
            await self.pauses.after(0.0, "")

    def refuse(self, why: str) -> None:
        """Refuse its calls from now on; take them, if there is no reason not to."""
        what = ", ".join(self.services) or Path(self.file).name
        self.refusal = why and f"{what} is not run until its code changes: {why}."

    def settle(self) -> None:
        """Wait, in a thread, until none of its files is being written."""
        for path in map(Path, {self.file, *self.files}):
            read_settled(path, self._is_whole)

    def _ends_itself(self, link: Link) -> bool:
        """Whether a process that ended while it loaded did so because of what it loaded."""
        status = None if link.host is None else link.host.status
        return status is not None and (status != KILLED or self.strikes.add())

    def _is_whole(self, path: Path, data: bytes) -> bool:
        """Whether a file that was just saved is believed: else it may be half written."""
        if str(path) == self.file and not defines_service(data):
            return False
        return _parses(data) and (bool(data) or path.name == "__init__.py")


def _parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True
