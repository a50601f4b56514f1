"""What a process is to others that serve the same services: it leads, or it follows one that does.

Who leads is decided elsewhere; here is what that means for loading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from micro.registry.discovery import Source
from micro.services.service import Service


class Role:
    """Says how generations are counted, and which services are for others to serve.

    Args:
        numbers: The last generation of each service that there was.
        follows: Whether another process leads.

    Attributes:
        spared: Files whose services are exclusive, left to the process that leads.
    """

    def __init__(self, numbers: Mapping[str, int], *, follows: bool = False) -> None:
        self._numbers = dict(numbers)
        self._follows = follows
        self.spared: set[Source] = set()

    def change(self, numbers: Mapping[str, int], *, follows: bool) -> None:
        """Count on from other numbers, as a process that leads or that follows."""
        self._numbers = dict(numbers)
        self._follows = follows

    def next_number(self, service: str) -> int:
        """Give the number of a service's next generation."""
        return self._numbers.get(service, 0) + 1

    def served(self, service: str, number: int) -> None:
        """Know that a generation serves."""
        self._numbers[service] = number

    def spares(self, source: Source, services: Iterable[Service]) -> bool:
        """Tell whether the services of a file are not for this process."""
        spared = self._follows and any(each.hosting.get("exclusive") for each in services)
        (self.spared.add if spared else self.spared.discard)(source)
        return spared

    def taken_up(self) -> set[Source]:
        """Give the files that were spared and are this process's to load now."""
        taken, self.spared = (set[Source](), self.spared) if self._follows else (self.spared, set())
        return taken
