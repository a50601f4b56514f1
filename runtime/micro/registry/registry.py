"""What is served now: from a tool's name to the tool, swapped whole.

Readers hold a ``Catalogue`` as long as they like: it never changes, a reload puts another in place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from micro.calls import Tool, ToolSpec
from micro.errors import NameTaken

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All tools at one moment. ``tools`` is in the order of canonical names."""

    services: Mapping[str, tuple[Tool, ...]] = field(default_factory=dict[str, tuple[Tool, ...]])

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """Every tool, ordered by canonical name."""
        every = (tool for tools in self.services.values() for tool in tools)
        return tuple(sorted(every, key=lambda tool: tool.spec.full_name))

    @cached_property
    def _by_name(self) -> Mapping[str, Tool]:
        wire = {tool.spec.wire_name: tool for tool in self.tools}
        return wire | {tool.spec.full_name: tool for tool in self.tools}

    def find(self, name: str) -> Tool | None:
        """Give the tool of a canonical name or a wire name."""
        return self._by_name.get(name)

    @cached_property
    def digest(self) -> str:
        """A hash of what clients see in the list; equal lists have equal hashes."""
        seen = [client_view(tool.spec) for tool in self.tools]
        return hashlib.sha256(_encode(seen)).hexdigest()


def client_view(spec: ToolSpec) -> Mapping[str, object]:
    """Give the parts of a tool that MCP clients see; scopes decide who sees it at all."""
    return {
        "name": spec.wire_name,
        "title": spec.title,
        "description": spec.description,
        "inputSchema": spec.input_schema,
        "outputSchema": spec.output_schema,
        "annotations": spec.annotations,
        "scopes": spec.scopes,
    }


class Registry:
    """Holds the catalogue in force. Lives on the runtime's thread; a swap is one assignment.

    Args:
        prepare: Applied to every tool before it serves, once a generation.
    """

    def __init__(self, prepare: Callable[[Tool], Tool] | None = None) -> None:
        self.catalogue = Catalogue()
        self._prepare = prepare

    def swap(self, changed: Mapping[str, Iterable[Tool] | None]) -> bool:
        """Replace whole services at once, or remove those that map to ``None``.

        Returns:
            Whether clients see another list than before.

        Raises:
            NameTaken: Two tools would have one name on the wire; nothing was changed.
        """
        services = dict(self.catalogue.services)
        for name, tools in changed.items():
            services.pop(name, None)
            if tools is not None:
                services[name] = tuple(map(self._prepare, tools) if self._prepare else tools)
        after = Catalogue(services=services)
        _refuse_collisions(after.tools)
        before, self.catalogue = self.catalogue, after
        return any(_seen(before.services.get(n)) != _seen(after.services.get(n)) for n in changed)


def _seen(tools: Iterable[Tool] | None) -> list[dict[str, object]]:
    """Give what clients see of a service's tools, in the order of the list."""
    ordered = sorted(tools or (), key=lambda tool: tool.spec.full_name)
    return [dict(client_view(tool.spec)) for tool in ordered]


def _refuse_collisions(tools: Iterable[Tool]) -> None:
    first: dict[str, ToolSpec] = {}
    for spec in (tool.spec for tool in tools):
        other = first.setdefault(spec.wire_name, spec)
        if other is not spec:
            raise NameTaken(
                f"{other.full_name} ({other.file}:{other.line}) and {spec.full_name} "
                f"({spec.file}:{spec.line}) are both {spec.wire_name!r} on the wire",
                mend="rename one of them",
            )
