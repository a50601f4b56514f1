"""The members of one service at one moment, and what is computed of them once.

All services together are ``catalogue``'s: there a reload of one leaves the others' as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from micro.calls import Kind, Tool, ToolSpec
from micro.services.uris import UriTemplate, read_template

LISTED: tuple[Kind, ...] = ("tool", "resource", "prompt")
"""The kinds that clients have lists of."""
Alias = tuple[Kind, str]
"""A name that clients may use, which is one among all of a kind."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class Members(tuple[Tool, ...]):
    """Everything of a service that can be called, in the order declared."""

    @cached_property
    def named(self) -> Mapping[str, Tool]:
        """Its members of whatever kind by their canonical names."""
        return {member.spec.full_name: member for member in self}

    @cached_property
    def aliases(self) -> tuple[tuple[Alias, Tool], ...]:
        """What clients may call its listed members, with what has each name."""
        return tuple(
            ((member.spec.kind, name), member)
            for member in self
            if member.spec.kind in LISTED
            for name in _client_names(member.spec)
        )

    @cached_property
    def views(self) -> Mapping[Kind, Sequence[Mapping[str, object]]]:
        """What clients see of each listed kind that there is, in the order of their lists."""
        views: dict[Kind, list[Mapping[str, object]]] = {}
        for spec in sorted((member.spec for member in self), key=lambda spec: spec.full_name):
            if spec.kind in LISTED:
                views.setdefault(spec.kind, []).append(_client_view(spec))
        return views

    @cached_property
    def digest(self) -> bytes:
        """A hash of what clients see in the list of tools; empty if they see none."""
        tools = self.views.get("tool")
        return hashlib.sha256(_encode(tools)).digest() if tools else b""

    @cached_property
    def templates(self) -> tuple[tuple[UriTemplate, Tool], ...]:
        """Its resources, with the URIs that each has."""
        resources = [member for member in self if member.spec.kind == "resource"]
        return tuple((read_template(uri_of(member.spec)), member) for member in resources)


def tool_names(members: Iterable[Tool]) -> tuple[str, ...]:
    """Name the tools among a service's members, as within it."""
    return tuple(member.spec.name for member in members if member.spec.kind == "tool")


def uri_of(spec: ToolSpec) -> str:
    """Give a resource's URI or template; empty for what is none."""
    return spec.resource.uri if spec.resource is not None else ""


def _client_view(spec: ToolSpec) -> Mapping[str, object]:
    """Give the parts of a tool that MCP clients see; scopes decide who sees it at all."""
    view: dict[str, object] = {
        "name": spec.wire_name,
        "title": spec.title,
        "description": spec.description,
        "inputSchema": spec.input_schema,
        "outputSchema": spec.output_schema,
        "annotations": spec.annotations,
        "scopes": spec.scopes,
    }
    return view if spec.resource is None else view | msgspec.structs.asdict(spec.resource)


def _client_names(spec: ToolSpec) -> set[str]:
    return {spec.wire_name, spec.full_name, uri_of(spec)} - {""}
