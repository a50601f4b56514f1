"""Everything that is served at one moment, and how it is found: by name, by URI, by kind.

Who may see it is the gateway's to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from micro.calls import Kind, Tool, ToolSpec
from micro.services.uris import UriTemplate, read_template
from micro.specs import COMPLETER

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was asked for by a name or a URI.

    Attributes:
        name: As it was asked for.
        member: What it is; ``None`` if there is none.
        arguments: Those that the name holds: the variables of a resource's template.
    """

    kind: Kind
    name: str
    member: Tool | None
    arguments: bytes = b"{}"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All members of all services at one moment, each kind in the order of canonical names."""

    services: Mapping[str, tuple[Tool, ...]] = field(default_factory=dict[str, tuple[Tool, ...]])

    @cached_property
    def members(self) -> tuple[Tool, ...]:
        """Everything that can be called, ordered by canonical name."""
        every = (member for members in self.services.values() for member in members)
        return tuple(sorted(every, key=lambda member: member.spec.full_name))

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """Every tool, ordered by canonical name."""
        return self.of("tool")

    def of(self, kind: Kind) -> tuple[Tool, ...]:
        """Give all of one kind, ordered by canonical name."""
        return tuple(member for member in self.members if member.spec.kind == kind)

    @cached_property
    def _named(self) -> Mapping[str, Tool]:
        return {member.spec.full_name: member for member in self.members}

    @cached_property
    def _by_name(self) -> Mapping[str, Tool]:
        return _names(self.tools)

    @cached_property
    def _prompts(self) -> Mapping[str, Tool]:
        return _names(self.of("prompt"))

    @cached_property
    def _resources(self) -> tuple[tuple[UriTemplate, Tool], ...]:
        """The resources, the closest description first."""
        read = [(read_template(uri_of(tool.spec)), tool) for tool in self.of("resource")]
        return tuple(sorted(read, key=lambda each: (len(each[0].names) > 0, -each[0].literals)))

    def find(self, name: str) -> Tool | None:
        """Give the tool of a canonical name or a wire name."""
        return self._by_name.get(name)

    def named(self, full_name: str) -> Tool | None:
        """Give what has a canonical name, of whatever kind."""
        return self._named.get(full_name)

    def find_prompt(self, name: str) -> Found:
        """Give the prompt of a canonical name or a wire name."""
        return Found(kind="prompt", name=name, member=self._prompts.get(name))

    def find_resource(self, uri: str) -> Found:
        """Give the resource of a URI: one that has it, else the template that fits it closest."""
        for template, tool in self._resources:
            values = template.match(uri)
            if values is not None:
                arguments = _encode(values)
                return Found(kind="resource", name=uri, member=tool, arguments=arguments)
        return Found(kind="resource", name=uri, member=None)

    def find_template(self, uri: str) -> Found:
        """Give the resource that is declared with this very URI or template."""
        found = (tool for _, tool in self._resources if uri_of(tool.spec) == uri)
        return Found(kind="resource", name=uri, member=next(found, None))

    def find_completer(self, owner: Found, asked: bytes) -> Found:
        """Give what completes an argument of what was found; ``asked``: the question, as JSON."""
        spec = owner.member.spec if owner.member is not None else None
        member = self.named(spec.full_name + COMPLETER) if spec is not None else None
        return Found(kind="completer", name=owner.name, member=member, arguments=asked)

    @cached_property
    def digest(self) -> str:
        """A hash of what clients see in the list of tools; equal lists have equal hashes."""
        return hashlib.sha256(_encode(seen(self.tools))).hexdigest()


def tool_names(members: Iterable[Tool]) -> tuple[str, ...]:
    """Name the tools among a service's members, as within it."""
    return tuple(member.spec.name for member in members if member.spec.kind == "tool")


def uri_of(spec: ToolSpec) -> str:
    """Give a resource's URI or template; empty for what is none."""
    return spec.resource.uri if spec.resource is not None else ""


def seen(members: tuple[Tool, ...]) -> list[Mapping[str, object]]:
    """Give what clients see of members in a list, in its order."""
    ordered = sorted(members, key=lambda member: member.spec.full_name)
    return [client_view(member.spec) for member in ordered]


def client_view(spec: ToolSpec) -> Mapping[str, object]:
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


def _names(members: tuple[Tool, ...]) -> Mapping[str, Tool]:
    wire = {member.spec.wire_name: member for member in members}
    return wire | {member.spec.full_name: member for member in members}
