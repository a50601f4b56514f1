"""What is served now, swapped whole.

Readers hold a ``Catalogue`` as long as they like: it never changes, a reload puts another in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from micro.calls import Kind, Tool, ToolSpec
from micro.errors import NameTaken
from micro.registry.catalogue import Catalogue, seen, uri_of

LISTED: tuple[Kind, ...] = ("tool", "resource", "prompt")
"""The kinds that clients have lists of."""


class Registry:
    """Holds the catalogue in force. Lives on the runtime's thread; a swap is one assignment.

    Args:
        prepare: Applied to every tool before it serves, once a generation.
    """

    def __init__(self, prepare: Callable[[Tool], Tool] | None = None) -> None:
        self.catalogue = Catalogue()
        self._prepare = prepare

    def swap(self, changed: Mapping[str, Iterable[Tool] | None]) -> frozenset[Kind]:
        """Replace whole services at once, or remove those that map to ``None``.

        Returns:
            The kinds of which clients see another list than before.

        Raises:
            NameTaken: Two tools would have one name on the wire; nothing was changed.
        """
        services = dict(self.catalogue.services)
        for name, tools in changed.items():
            services.pop(name, None)
            if tools is not None:
                services[name] = tuple(map(self._prepare, tools) if self._prepare else tools)
        after = Catalogue(services=services)
        _refuse_collisions(after)
        before, self.catalogue = self.catalogue, after
        return frozenset(
            kind
            for kind in LISTED
            if any(_listed(before, name, kind) != _listed(after, name, kind) for name in changed)
        )


def _listed(catalogue: Catalogue, service: str, kind: Kind) -> list[Mapping[str, object]]:
    """Give what clients see of a service's members of one kind."""
    members = catalogue.services.get(service, ())
    return seen(tuple(member for member in members if member.spec.kind == kind))


def _refuse_collisions(catalogue: Catalogue) -> None:
    for kind in LISTED:
        first: dict[str, ToolSpec] = {}
        for spec in (member.spec for member in catalogue.of(kind)):
            names = {spec.wire_name} | ({uri_of(spec)} - {""})
            for name in names:
                other = first.setdefault(name, spec)
                if other is not spec:
                    raise _taken(name, other, spec)


def _taken(name: str, first: ToolSpec, second: ToolSpec) -> NameTaken:
    return NameTaken(
        f"{first.full_name} ({first.file}:{first.line}) and {second.full_name} "
        f"({second.file}:{second.line}) are both {name!r} on the wire",
        mend="rename one of them",
    )
