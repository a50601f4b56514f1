"""The rules: each looks at one tool, or at all together, and yields what it finds. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from micro.clientlimits import CLIENTS, every_schema, is_anything, verdicts
from micro.sections import LintSettings
from micro.snapshots import ServiceView, ToolView
from micro.tokens import tokens_of, tokens_of_all
from micro_devtool.lint.findings import Finding, about

_FEWEST_WORDS = 4
_MANY = 3
"""Tools of which it tells something that all of them say they destroy."""

RULES = (
    "missing-description",
    "vague-description",
    "undocumented-parameter",
    "any-type",
    "missing-example",
    "object-union",
    "recursive-schema",
    "client-refuses",
    "client-changes",
    "all-destructive",
    "unapproved",
    "empty-service",
    "too-many-tools",
    "token-budget",
)

_Rule = Callable[[ToolView], Iterator[Finding]]


def lint(
    services: Sequence[ServiceView], settings: LintSettings, *, server: str
) -> Iterator[Finding]:
    """Yield what all rules find; ``server`` is the project's name as clients see it."""
    tools = [tool for service in services for tool in service.tools]
    rules: tuple[_Rule, ...] = (_description, _parameters, _example, _shapes, _approval)
    for tool in tools:
        for rule in rules:
            yield from rule(tool)
        yield from _clients(tool, server)
    yield from map(nothing_offered, empty_services(services))
    yield from _destructive(tools)
    yield from _amount(services, tools, settings)


def empty_services(services: Sequence[ServiceView]) -> list[ServiceView]:
    """Give the services that have nothing to call, read or ask for."""
    return [each for each in services if not (each.tools or each.resources or each.prompts)]


def nothing_offered(service: ServiceView) -> Finding:
    """Give the finding for a service that has nothing: what declares its tools is not imported."""
    return Finding(
        rule="empty-service",
        severity="warning",
        tool="",
        file=service.file,
        line=0,
        message=f"the service {service.name} has no tools",
        mend="import the modules that declare them, below the line that makes the service",
    )


def _description(tool: ToolView) -> Iterator[Finding]:
    words = re.findall(r"\w+", tool.description)
    if not words:
        yield about(
            tool,
            "missing-description",
            severity="error",
            message="nothing says what it does",
            mend="write a docstring: what it does, when to use it, what it gives",
        )
        return
    own = {word.lower() for word in re.findall(r"[A-Za-z]+", tool.name.replace("_", " "))}
    said = {word.lower() for word in words} - {"a", "an", "the", "of", "by"}
    if len(words) < _FEWEST_WORDS or said <= own:
        shown = tool.description.strip().split("\n", 1)[0]
        yield about(
            tool,
            "vague-description",
            severity="warning",
            message=f"{shown[:60]!r} tells a model little more than the name",
            mend="say when to use it and what it gives",
        )


def _parameters(tool: ToolView) -> Iterator[Finding]:
    definitions: dict[str, Any] = tool.input_schema.get("$defs", {})
    for name, given in tool.input_schema.get("properties", {}).items():
        referred = definitions.get(str(given.get("$ref", "")).rpartition("/")[2], {})
        if not given.get("description") and not referred.get("description"):
            yield about(
                tool,
                "undocumented-parameter",
                severity="warning",
                message=f"nothing says what `{name}` is",
                mend=f'write Annotated[..., "what it is"], or {name}: under Args: in the docstring',
            )
        if is_anything(given):
            yield about(
                tool,
                "any-type",
                severity="warning",
                message=f"`{name}` takes anything, so a model has to guess",
                mend="give it a type: a model, a TypedDict, or a union of what it may be",
            )


def _example(tool: ToolView) -> Iterator[Finding]:
    if tool.input_schema.get("properties") and not tool.examples:
        yield about(
            tool,
            "missing-example",
            severity="info",
            message="it has no example",
            mend="write arguments that work in the docstring: @example {...}",
        )


def _shapes(tool: ToolView) -> Iterator[Finding]:
    schema = tool.input_schema
    definitions: dict[str, Any] = schema.get("$defs", {})
    recursive = sorted(name for name in definitions if name in _reached(name, definitions))
    if recursive:
        yield about(
            tool,
            "recursive-schema",
            severity="warning",
            message=f"{recursive[0]} contains itself; some clients do not follow such a $ref",
            mend="bound the depth with types of their own, or take the tree as a flat list",
        )
    for each in every_schema(schema):
        branches = [b for b in each.get("anyOf", each.get("oneOf", [])) if b.get("type") != "null"]
        objects = [b for b in branches if "$ref" in b or b.get("type") == "object"]
        if len(objects) > 1:
            yield about(
                tool,
                "object-union",
                severity="warning",
                message="a parameter is one of several objects; models and clients mix them up",
                mend="make a tool for each, or one object with a `kind` that tells them apart",
            )
            return


def _approval(tool: ToolView) -> Iterator[Finding]:
    if tool.annotations.get("destructiveHint") and not tool.approval:
        yield about(
            tool,
            "unapproved",
            severity="info",
            message="it may destroy something, and nobody is asked first",
            mend='write approve="always", or approve= a function of its arguments that says when',
        )


def _reached(name: str, definitions: dict[str, Any]) -> set[str]:
    """Give the names that a definition refers to, directly or not."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        for each in every_schema(definitions.get(waiting.pop(), {})):
            target = str(each.get("$ref", "")).rpartition("/")[2]
            if target and target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _clients(tool: ToolView, server: str) -> Iterator[Finding]:
    told: dict[tuple[str, str], list[str]] = {}
    for name, client in CLIENTS.items():
        if client.strict:
            continue  # asked for by hand: `micro mcp list --client openai-strict`
        for verdict in verdicts(client, tool, server=server):
            told.setdefault((verdict.level, verdict.why), []).append(name)
    for (level, why), names in told.items():
        refused = level == "refused"
        yield about(
            tool,
            "client-refuses" if refused else "client-changes",
            severity="error" if refused else "warning",
            message=f"{', '.join(names)} {'refuse' if refused else 'cut or rename'} it: {why}",
            mend=f"see: micro mcp list --client {names[0]}",
        )


def _destructive(tools: Sequence[ToolView]) -> Iterator[Finding]:
    if len(tools) >= _MANY and all(tool.annotations.get("destructiveHint") for tool in tools):
        yield _of_project(
            "all-destructive",
            message="every tool says that it destroys, so clients ask before each call",
            mend="keep destructive=True for what deletes or overwrites; say read_only=True",
        )


def _amount(
    services: Sequence[ServiceView], tools: Sequence[ToolView], settings: LintSettings
) -> Iterator[Finding]:
    if len(tools) > settings.max_tools:
        yield _of_project(
            "too-many-tools",
            message=f"{len(tools)} tools; models choose worse among more than {settings.max_tools}",
            mend="merge those that are always used together, or split the project",
        )
    total = tokens_of_all(services)
    if settings.budget is not None and total > settings.budget:
        dearest = sorted(tools, key=tokens_of, reverse=True)[:_MANY]
        listed = ", ".join(f"{tool.name} {tokens_of(tool)}" for tool in dearest)
        found = _of_project(
            "token-budget",
            message=f"the tools cost about {total} tokens of {settings.budget}",
            mend=f"shorten the dearest: {listed}",
        )
        yield found


def _of_project(rule: str, *, message: str, mend: str) -> Finding:
    severity = "error" if rule == "token-budget" else "warning"
    return Finding(
        rule=rule, severity=severity, tool="", file="", line=0, message=message, mend=mend
    )
