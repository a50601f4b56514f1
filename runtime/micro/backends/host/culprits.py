"""Gives a file that ends one host after another a process of its own.

Which file it is, ``blame`` finds; what becomes of it there, ``workers`` sees to.
"""

from __future__ import annotations

from micro.backends.host.blame import ENOUGH, Blame
from micro.backends.host.link import Link
from micro.backends.host.mirror import Mirror
from micro.backends.host.workers import Workers
from micro.events import EventBus, ProblemFound


class Culprits:
    """Looks at each end of a host that had services to serve.

    Args:
        workers: Take the files.
        mirror: Knows which services are in which file.
        bus: Told of each file that is set apart.
    """

    def __init__(self, workers: Workers, mirror: Mirror, bus: EventBus) -> None:
        self._workers = workers
        self._mirror = mirror
        self._bus = bus
        self._blame = Blame()

    def ended(self, link: Link, status: str) -> list[str]:
        """Take in that a host ended, and how; gives the files that were set apart for that."""
        called = {self._mirror.files.get(service, "") for service in link.services}
        found = self._blame.ended({*called, link.importing} - {""})
        for file in found:
            self._workers.banish(file, self._mirror.services_of(file))
            self._bus.publish(
                ProblemFound(
                    message=f"{self._mirror.relative(file)} gets a process of its own: {ENOUGH} "
                    f"hosts in a row ended while it ran ({status})",
                    mend="see what it wrote last; its services stay apart until micro is restarted",
                )
            )
        return found
