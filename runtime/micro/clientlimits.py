"""What real clients refuse or change in a list of tools, as their makers and users report it.

Clients change: a limit here is a reason to look, and a test in the client is the proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from micro.snapshots import ServiceView, ToolView
from micro.tokens import tokens_of

Level = Literal["refused", "changed"]
Schema = dict[str, Any]

_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client and its limits.

    Attributes:
        shown_as: How it builds the name that the model sees, of ``{server}`` and ``{tool}``.
        longest: Characters of that name at most.
        too_long: What becomes of a tool whose name is longer.
        description: Characters of a description that reach the model.
        tools: How many tools it takes, of all servers together.
        strict: Whether arguments follow OpenAI's strict subset of JSON Schema.
        refuses: Keywords that it refuses anywhere in a schema.
    """

    shown_as: str
    longest: int
    too_long: Level
    description: int | None = None
    tools: int | None = None
    strict: bool = False
    refuses: frozenset[str] = frozenset()


CLIENTS: dict[str, Client] = {
    "claude-code": Client(
        shown_as="mcp__{server}__{tool}", longest=64, too_long="refused", description=2048
    ),
    "claude-desktop": Client(shown_as="{tool}", longest=64, too_long="refused"),
    "codex": Client(shown_as="mcp__{server}__{tool}", longest=64, too_long="changed"),
    "cursor": Client(shown_as="{server}:{tool}", longest=60, too_long="refused", tools=80),
    "copilot": Client(shown_as="mcp_{server}_{tool}", longest=64, too_long="changed", tools=128),
    "gemini": Client(
        shown_as="mcp_{server}_{tool}",
        longest=64,
        too_long="changed",
        description=1024,
        refuses=frozenset({"$schema", "propertyNames"}),
    ),
    "openai-strict": Client(
        shown_as="{tool}",
        longest=64,
        too_long="refused",
        description=1024,
        tools=128,
        strict=True,
        refuses=frozenset({"allOf", "not", "if", "dependentRequired", "patternProperties"}),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a client does to a tool, and why."""

    level: Level
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A tool as a client shows it to its model; ``tokens`` is 0 where it does not."""

    tool: ToolView
    name: str
    level: Level | Literal["ok"]
    why: str
    tokens: int


def seen_by(client: str, services: Sequence[ServiceView], *, server: str) -> list[Seen]:
    """Give each tool as a client of ``CLIENTS`` has it, by name; ``server`` is the project."""
    limits = CLIENTS[client]
    tools = [tool for service in services for tool in service.tools]
    return [
        _seen(limits, tool, server=server, number=number)
        for number, tool in enumerate(sorted(tools, key=lambda tool: tool.name), 1)
    ]


def _seen(client: Client, tool: ToolView, *, server: str, number: int) -> Seen:
    found = list(verdicts(client, tool, server=server))
    levels = {each.level for each in found}
    level = "refused" if "refused" in levels else "changed" if levels else "ok"
    why = "; ".join(each.why for each in found)
    if client.tools is not None and number > client.tools:
        level, why = "refused", f"it takes {client.tools} tools, of all servers together"
    name = shown_name(client, tool, server=server)
    cost = tokens_of(tool, name=name, description=tool.description[: client.description])
    tokens = 0 if level == "refused" else cost
    return Seen(tool=tool, name=name, level=level, why=why, tokens=tokens)


def shown_name(client: Client, tool: ToolView, *, server: str) -> str:
    """Give the name that the model sees."""
    return client.shown_as.format(server=server_name(server), tool=tool.wire_name)


def server_name(project: str) -> str:
    """Give a project's name as a client's configuration takes it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", project).strip("-")[:40] or "micro"


def verdicts(client: Client, tool: ToolView, *, server: str) -> Iterator[Verdict]:
    """Say what a client would not take of a tool as it is; nothing if it takes it whole."""
    name = shown_name(client, tool, server=server)
    if not _NAME.match(tool.wire_name):
        yield Verdict(level="refused", why="the name has characters other than letters, digits, _-")
    if len(name) > client.longest:
        yield Verdict(
            level=client.too_long, why=f"{name} has {len(name)} characters of {client.longest}"
        )
    if client.description is not None and len(tool.description) > client.description:
        what = f"{len(tool.description)} characters of {client.description}"
        yield Verdict(level="changed", why=f"the description has {what}")
    unions = sorted({"anyOf", "oneOf", "allOf"} & tool.input_schema.keys())
    if unions:
        yield Verdict(level="refused", why=f"the arguments are {unions[0]} at the top")
    found = sorted({key for each in every_schema(tool.input_schema) for key in each})
    for key in sorted(client.refuses.intersection(found)):
        yield Verdict(level="refused", why=f"the arguments use {key}")
    if client.strict:
        yield from _strict(tool.input_schema)


def _strict(schema: Schema) -> Iterator[Verdict]:
    for each in every_schema(schema):
        if isinstance(each.get("additionalProperties"), dict):
            yield Verdict(level="refused", why="an object with keys of any name cannot be strict")
        elif is_anything(each):
            yield Verdict(level="refused", why="a value of any type cannot be strict")
        elif each.get("properties", {}).keys() - set(each.get("required", ())):
            yield Verdict(level="changed", why="what is optional has to be sent, as null")
        else:
            continue
        return


def is_anything(schema: Schema) -> bool:
    """Whether a schema takes any value, as that of ``Any`` does."""
    says = {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"}
    return not says & schema.keys()


def every_schema(schema: Schema) -> Iterator[Schema]:
    """Yield a schema and all inside of it."""
    yield schema
    for key in ("properties", "$defs", "patternProperties"):
        for inner in cast("dict[str, Schema]", schema.get(key, {})).values():
            yield from every_schema(inner)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in cast("list[Schema]", schema.get(key, [])):
            yield from every_schema(inner)
    for key in ("items", "additionalProperties", "not", "propertyNames"):
        if isinstance(inner := schema.get(key), dict):
            yield from every_schema(cast("Schema", inner))
