"""How far one of several hosts is with what was saved, and so which calls it may get.

Who tells it of what was saved is ``crew``.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from micro.backends.host.messages import Failing, Served, Told
from micro.events import LoadError, ServiceFailed, ServiceRemoved


@dataclass(slots=True, eq=False)
class Abreast:
    """What one host serves, and what it has not been told yet.

    Attributes:
        leads: Whether it knows that it leads.
        outdated: Whether it is to go, whatever it serves: its packages are others than now.
        generations: The number of the generation that serves, of each service.
        errors: Why services do not load here, or files of which none ever has.
        behind: Files that were saved, of which it was not told.
        saves: How many saves there had been when it was last made to serve what the lead does.
    """

    leads: bool = False
    outdated: bool = False
    generations: dict[str, int] = field(default_factory=dict[str, int])
    errors: dict[str, LoadError] = field(default_factory=dict[str, LoadError])
    behind: set[Path] = field(default_factory=set[Path])
    saves: int = -1
    one_at_a_time: anyio.Lock = field(default_factory=anyio.Lock)

    def take(self, report: Served | Told | Failing) -> None:
        """Take in what the host says of its services."""
        match report:
            case Served(event=event):
                self.generations[event.service] = event.generation
                self.errors.pop(event.service, None)
                self.errors.pop(event.file, None)
            case Told(event=ServiceRemoved(service=name)):
                self.generations.pop(name, None)
                self.errors.pop(name, None)
            case Told(event=ServiceFailed(service=name, error=error)):
                self.errors[name] = error
            case Failing():
                self.errors[report.service] = report.error
            case _:
                pass

    def error(self, service: str, file: str) -> LoadError | None:
        """Give why a service, which is in this file, does not load; ``None`` if it does."""
        return self.errors.get(service) or self.errors.get(file)

    def serves(self, service: str, number: int | None, *, broken: Container[str]) -> bool:
        """Tell whether this host's code of a service is the lead's.

        Args:
            service: Its name.
            number: The generation that the lead serves.
            broken: Services of which what was saved last does not load in the lead, either.
        """
        same = self.generations.get(service) == number
        return same and (service not in self.errors or service in broken)
