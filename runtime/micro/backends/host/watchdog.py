"""Notices a service whose async code blocks its event loop, and says where.

Costs nothing while no async tool runs. A host that is stuck as a whole is the runtime's to notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import anyio

from micro.backends.host.loops import ServiceLoop
from micro.events import LogWritten

INTERVAL = 0.25
"""Seconds between two looks at the loops that have work."""
PATIENCE = 2
"""Looks in a row that find no sign of life after which a loop counts as blocked. Seconds would not
do: they pass also where the whole process was held up."""


class Watchdog:
    """Looks at loops while they have work.

    Args:
        loops: Gives the loops there are.
        root: The project's folder: frames below it are the author's.
        emit: Told once of each blockage.

    Attributes:
        paused: Whether loops may block: somebody is in a debugger.
    """

    def __init__(
        self,
        loops: Callable[[], Iterable[ServiceLoop]],
        *,
        root: Path,
        emit: Callable[[LogWritten], None],
    ) -> None:
        self._loops = loops
        self._root = root
        self._emit = emit
        self._silent: dict[ServiceLoop, int] = {}
        self._work = anyio.Event()
        self.paused = False

    def wake(self) -> None:
        """Begin to look: there is work."""
        self._work.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self._work.wait()
            self._work = anyio.Event()
            while any(loop.active for loop in self._loops()):
                for loop in self._loops():
                    self._look_at(loop)
                await anyio.sleep(INTERVAL)
            self._silent.clear()

    def _look_at(self, loop: ServiceLoop) -> None:
        if loop.owes and not self.paused:
            self._silent[loop] = self._silent.get(loop, 0) + 1
            if self._silent[loop] == PATIENCE:
                self._emit(self._describe(loop))
        else:
            self._silent.pop(loop, None)
        if loop.active:
            loop.ask()

    def _describe(self, loop: ServiceLoop) -> LogWritten:
        frames = [f for f in loop.stack() if Path(f.filename).is_relative_to(self._root)]
        where = "code outside of the project"
        if frames:
            file = Path(frames[-1].filename).relative_to(self._root).as_posix()
            where = f"{file}:{frames[-1].lineno} in {frames[-1].name}: {frames[-1].line}"
        text = (
            f"{loop.service} blocks its event loop at {where}; its other async tools wait. "
            "Write the tool as a plain def, or run that part with anyio.to_thread.run_sync"
        )
        return LogWritten(
            service=loop.service, call=None, level="ERROR", logger="micro.watchdog", text=text
        )
