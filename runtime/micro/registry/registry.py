"""What is served now, swapped whole.

Readers hold a ``Catalogue`` as long as they like: it never changes, a reload puts another in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from micro.calls import Kind, Tool, ToolSpec
from micro.registry.catalogue import Catalogue
from micro.registry.members import LISTED, Members

REMOVED = 1_000
"""Tools that are remembered after they were removed."""


class Registry:
    """Holds the catalogue in force. Lives on the runtime's thread; a swap is one assignment.

    Args:
        prepare: Applied to every tool before it serves, once a generation.
    """

    def __init__(self, prepare: Callable[[Tool], Tool] | None = None) -> None:
        self.catalogue = Catalogue()
        self._prepare = prepare
        self._removed: dict[str, ToolSpec] = {}

    def swap(self, changed: Mapping[str, Iterable[Tool] | None]) -> frozenset[Kind]:
        """Replace whole services at once, or remove those that map to ``None``.

        Returns:
            The kinds of which clients see another list than before.

        Raises:
            NameTaken: Two tools would have one name on the wire; nothing was changed.
        """
        fresh = {name: self._members(tools) for name, tools in changed.items()}
        before, self.catalogue = self.catalogue, self.catalogue.replace(fresh)
        pairs = [(before.services.get(name), fresh[name]) for name in changed]
        self._remember(pairs)
        return frozenset(
            kind
            for kind in LISTED
            if any(_views(old, kind) != _views(new, kind) for old, new in pairs)
        )

    def removed(self, name: str) -> ToolSpec | None:
        """Give what a tool was that clients may still have in their lists, and that is gone."""
        return self._removed.get(name)

    def _remember(self, pairs: Iterable[tuple[Members | None, Members | None]]) -> None:
        for old, new in pairs:
            left = dict(old.aliases if old is not None else ())
            for alias, _ in new.aliases if new is not None else ():
                left.pop(alias, None)
                self._removed.pop(alias[1], None)
            self._removed |= {name: t.spec for (kind, name), t in left.items() if kind == "tool"}
        for name in list(self._removed)[: max(0, len(self._removed) - REMOVED)]:
            del self._removed[name]

    def _members(self, tools: Iterable[Tool] | None) -> Members | None:
        if tools is None:
            return None
        return Members(map(self._prepare, tools) if self._prepare else tools)


def _views(members: Members | None, kind: Kind) -> Sequence[Mapping[str, object]]:
    return members.views.get(kind, ()) if members is not None else ()
