"""Everything that is served at one moment, and how it is found: by name, by URI, by kind.

Who may see it is the gateway's to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import msgspec

from micro.calls import Kind, Tool
from micro.errors import NameTaken
from micro.registry.members import Alias, Members, uri_of
from micro.services.uris import UriTemplate
from micro.specs import COMPLETER

_encode = msgspec.json.encode


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
    """All members of all services at one moment, each kind in the order of canonical names.

    A reload makes another of it: the work is for what changed, not for each member there is.

    Attributes:
        names: Everything that can be called, by canonical name.
        aliases: What clients may name, by all the names that they may use.
    """

    services: Mapping[str, Members] = field(default_factory=dict[str, Members])
    names: Mapping[str, Tool] = field(default_factory=dict[str, Tool])
    aliases: Mapping[Alias, Tool] = field(default_factory=dict[Alias, Tool])

    def replace(self, changed: Mapping[str, Members | None]) -> Catalogue:
        """Give another one, with whole services replaced, or gone where they map to ``None``.

        Raises:
            NameTaken: Clients would have one name for two members.
        """
        services, names, aliases = dict(self.services), dict(self.names), dict(self.aliases)
        for old in [services.pop(name) for name in changed if name in services]:
            for name in old.named:
                del names[name]
            for alias, _ in old.aliases:
                del aliases[alias]
        for name, new in changed.items():
            if new is not None:
                services[name] = new
                names |= new.named
                for alias, member in new.aliases:
                    _add(aliases, alias, member)
        return Catalogue(services=services, names=names, aliases=aliases)

    @cached_property
    def members(self) -> tuple[Tool, ...]:
        """Everything that can be called, ordered by canonical name."""
        every = chain.from_iterable(self.services.values())
        return tuple(sorted(every, key=lambda member: member.spec.full_name))

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """Every tool, ordered by canonical name."""
        return self.of("tool")

    def of(self, kind: Kind) -> tuple[Tool, ...]:
        """Give all of one kind, ordered by canonical name."""
        return tuple(member for member in self.members if member.spec.kind == kind)

    @cached_property
    def _resources(self) -> tuple[tuple[UriTemplate, Tool], ...]:
        """The resources, the closest description first."""
        every = chain.from_iterable(members.templates for members in self.services.values())
        return tuple(sorted(every, key=_closeness))

    def find(self, name: str) -> Tool | None:
        """Give the tool of a canonical name or a wire name."""
        return self.aliases.get(("tool", name))

    def named(self, full_name: str) -> Tool | None:
        """Give what has a canonical name, of whatever kind."""
        return self.names.get(full_name)

    def find_prompt(self, name: str) -> Found:
        """Give the prompt of a canonical name or a wire name."""
        return Found(kind="prompt", name=name, member=self.aliases.get(("prompt", name)))

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
        digests = (members.digest for _, members in sorted(self.services.items()))
        return hashlib.sha256(b"".join(digests)).hexdigest()


def _closeness(resource: tuple[UriTemplate, Tool]) -> tuple[bool, int, str]:
    template, member = resource
    return len(template.names) > 0, -template.literals, member.spec.full_name


def _add(aliases: dict[Alias, Tool], alias: Alias, member: Tool) -> None:
    other = aliases.setdefault(alias, member)
    if other is not member:
        first, second = sorted((other.spec, member.spec), key=lambda spec: spec.full_name)
        raise NameTaken(
            f"{first.full_name} ({first.file}:{first.line}) and {second.full_name} "
            f"({second.file}:{second.line}) are both {alias[1]!r} on the wire",
            mend="rename one of them",
        )
