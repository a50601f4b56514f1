"""What two lists of tools, resources and prompts have different for those who call them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from micro.calls import ResourceSpec, ToolSpec
from micro.registry.members import LISTED
from micro.registry.schemas import Difference, Schema, compare


class Effect(Enum):
    """What a change means for who calls, the worst first."""

    REMOVED = "removed"
    BREAKING = "breaking"
    ADDED = "added"
    COMPATIBLE = "compatible"
    TEXT = "text-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one tool."""

    tool: str
    effect: Effect
    what: str

    def __str__(self) -> str:
        """In a line: ``orders.create: parameter `qty` became required — BREAKING``."""
        effect = self.effect
        name = effect.value.upper() if effect in (Effect.REMOVED, Effect.BREAKING) else effect.value
        return f"{self.tool}: {self.what} — {name}" if self.what else f"{self.tool} — {name}"


def compare_tools(before: Iterable[ToolSpec], after: Iterable[ToolSpec]) -> tuple[Change, ...]:
    """List what changed for callers, the worst first, then by tool; empty if nothing did."""
    old = {spec.full_name: spec for spec in before if spec.kind in LISTED}
    new = {spec.full_name: spec for spec in after if spec.kind in LISTED}
    changes = [Change(tool=n, effect=Effect.ADDED, what="") for n in new.keys() - old.keys()]
    changes += [Change(tool=n, effect=Effect.REMOVED, what="") for n in old.keys() - new.keys()]
    for name in old.keys() & new.keys():
        changes += _compare_tool(old[name], new[name])
    rank = list(Effect)
    return tuple(sorted(changes, key=lambda c: (rank.index(c.effect), c.tool, c.what)))


def describe_changes(before: Iterable[ToolSpec], after: Iterable[ToolSpec]) -> tuple[str, ...]:
    """Say what changed for callers, a line each."""
    return tuple(str(change) for change in compare_tools(before, after))


def _compare_tool(old: ToolSpec, new: ToolSpec) -> Iterator[Change]:
    name = new.full_name
    if old.kind != new.kind:
        yield Change(tool=name, effect=Effect.BREAKING, what=f"is a {new.kind} now")
    for part in ("title", "description", "annotations"):
        if getattr(old, part) != getattr(new, part):
            yield Change(tool=name, effect=Effect.TEXT, what=f"has another {part}")
    if (old.resource, new.resource) != (None, None):
        yield from _compare_resources(name, old.resource, new.resource)
    for scope in sorted(set(new.scopes) - set(old.scopes)):
        yield Change(tool=name, effect=Effect.BREAKING, what=f"needs the scope {scope}")
    for scope in sorted(set(old.scopes) - set(new.scopes)):
        yield Change(tool=name, effect=Effect.COMPATIBLE, what=f"no longer needs {scope}")
    for difference in compare(old.input_schema, new.input_schema, written=True):
        effect = _effect(difference, broken=difference.narrows)
        yield Change(tool=name, effect=effect, what=_phrase("parameter", difference))
    yield from _compare_results(name, old.output_schema, new.output_schema)


def _compare_resources(
    name: str, old: ResourceSpec | None, new: ResourceSpec | None
) -> Iterator[Change]:
    if old is None or new is None or old.uri != new.uri:
        yield Change(tool=name, effect=Effect.BREAKING, what="has another uri")
    elif old.mime_type != new.mime_type:
        yield Change(tool=name, effect=Effect.BREAKING, what="has another MIME type")
    elif old.size != new.size:
        yield Change(tool=name, effect=Effect.TEXT, what="has another size")


def _compare_results(name: str, old: Schema | None, new: Schema | None) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            effect = Effect.COMPATIBLE if old is None else Effect.BREAKING
            what = "promises a result" if old is None else "promises no result any more"
            yield Change(tool=name, effect=effect, what=what)
        return
    for difference in compare(old, new, written=False):
        effect = _effect(difference, broken=difference.widens)
        yield Change(tool=name, effect=effect, what=_phrase("result", difference))


def _effect(difference: Difference, *, broken: bool) -> Effect:
    if broken:
        return Effect.BREAKING
    if difference.narrows or difference.widens or "added" in difference.what:
        return Effect.COMPATIBLE
    return Effect.TEXT


def _phrase(noun: str, difference: Difference) -> str:
    place = f" `{difference.path}`" if difference.path else ""
    return f"{noun}{place} {difference.what}"
