"""The generations that serve now, each with the file that it was loaded from.

Holds no more than who is there: ``generations`` puts them in place and takes them out.
"""

from __future__ import annotations

from collections import UserDict, defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from micro.errors import NameTaken
from micro.registry.discovery import Source
from micro.registry.generation import Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A generation that serves, and where it was loaded from."""

    generation: Generation
    number: int
    source: Source


class Serving(UserDict[str, Live]):
    """What serves now, by the service's name, in the order of starting.

    Args:
        shown: Gives a path as people read it.
    """

    def __init__(self, shown: Callable[[Path], str]) -> None:
        self._shown = shown
        self._names: defaultdict[Path, set[str]] = defaultdict(set)
        super().__init__()

    def __setitem__(self, name: str, live: Live) -> None:
        if name in self:
            self._forget(name)
        self._names[live.source.path].add(name)
        super().__setitem__(name, live)

    def __delitem__(self, name: str) -> None:
        self._forget(name)
        super().__delitem__(name)

    def loaded_from(self, path: Path) -> set[str]:
        """Name the services that serve as a file has them."""
        return set(self._names.get(path, ()))

    def refuse_taken(
        self, names: Sequence[str], source: Source, leaving: Container[Source]
    ) -> None:
        """Refuse a file's services if others have their names.

        Args:
            names: Of the services.
            source: The file.
            leaving: Files that are about to go, so that their services' names are free.

        Raises:
            NameTaken: Names the service and the other file.
        """
        for name in names:
            live = self.get(name)
            other = live.source if live and live.source not in leaving else source
            if other.path != source.path or names.count(name) > 1:
                raise NameTaken(
                    f"the service {name!r} is defined in {self._shown(other.path)} already",
                    mend="give one of the two another name",
                )

    def _forget(self, name: str) -> None:
        path = self[name].source.path
        self._names[path].discard(name)
        if not self._names[path]:
            del self._names[path]
