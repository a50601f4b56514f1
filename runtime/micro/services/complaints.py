"""Words what is wrong with a call's arguments, for the model that has to send them again.

Names the field, what was sent, what is allowed, an example, and the name that was meant. Decides
nothing: pydantic has refused already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from micro.services.decoding import Path, data_path
from micro.services.names import nearest
from micro.services.phrases import allowed, as_json, shortened
from micro.services.schema import Schema, kind_of, resolve

PROBLEMS_SHOWN = 5
NAMES_SHOWN = 20

_authors = ("value_error", "assertion_error", "struct")
"""Kinds of errors whose words say all; the first two are the author's own."""

_formats = ("date", "time", "decimal", "uuid", "url", "bytes_", "finite", "is_instance", "int_")
"""Kinds of errors about more than the schema tells: the reason is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What the words are about: the tool, its arguments' schema, what was sent, what would fit."""

    tool: str
    schema: Schema
    sent: dict[str, Any]
    example: Mapping[str, Any] | None


def complain(about: Complaint, error: ValidationError) -> str:
    """Give the message: one line a problem, then an example."""
    problems = _problems(about, error)
    count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
    lines = [f"{about.tool}: {count} with the arguments."]
    lines += [f"- {problem}" for problem in problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"- and {len(problems) - PROBLEMS_SHOWN} more")
    if about.example:
        lines.append(f"Example: {shortened(as_json(about.example), 400)}")
    return "\n".join(lines)


def schema_at(path: Path, root: Schema) -> Schema | None:
    """Give the schema of what stands at a path of the data, ``None`` if it cannot be told."""
    current: Schema | None = root
    for part in path:
        current = _step(resolve(current, root), part, root) if current else None
    return current


def _problems(about: Complaint, error: ValidationError) -> list[str]:
    """Give one line for each place: the branches of a union fail one by one at the same."""
    details = error.errors(include_url=False)
    by_place: dict[tuple[Path, str], ErrorDetails] = {}
    for each in details:
        path, _ = data_path(each["loc"], about.sent)
        missing = str(each["loc"][-1]) if each["type"] == "missing" else ""
        by_place.setdefault((path, missing), each)
    places = {path for path, _ in by_place}
    return [
        _problem(about, path, each)
        for (path, _), each in by_place.items()
        if not _said_deeper(each, path, places)
    ]


def _said_deeper(error: ErrorDetails, path: Path, places: set[Path]) -> bool:
    """Whether a branch of the union that was meant says more exactly what is wrong."""
    if error["type"] in ("missing", "extra_forbidden"):
        return False
    return any(len(other) > len(path) and other[: len(path)] == path for other in places)


def _problem(about: Complaint, path: Path, error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return _missing(about, (*path, error["loc"][-1]))
    if error["type"] == "extra_forbidden":
        return _unknown(about, path)
    schema = schema_at(path, about.schema)
    value = data_path(path, about.sent)[1]
    shown = f"`{_dotted(path)}` is {shortened(as_json(value))}"
    if schema is None or error["type"].startswith(_authors):
        return f"{shown}; {_reason(error)}"
    words = f"{shown}; allowed: {_described(schema, about.schema)}"
    unsaid = error["type"].startswith(_formats) and kind_of(value) in _kinds(schema, about.schema)
    return f"{words} ({_reason(error)})" if unsaid else words


def _kinds(schema: Schema, root: Schema) -> set[str]:
    schema = resolve(schema, root)
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return {schema.get("type", "")}.union(*(_kinds(branch, root) for branch in branches))


def _reason(error: ErrorDetails) -> str:
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return shortened(reason, 300)


def _missing(about: Complaint, path: Path) -> str:
    schema = schema_at(path, about.schema)
    words = f": {_described(schema, about.schema)}" if schema is not None else ""
    return f"`{_dotted(path)}` is missing{words}"


def _unknown(about: Complaint, path: Path) -> str:
    holder = schema_at(path[:-1], about.schema) or {}
    known = list(resolve(holder, about.schema).get("properties", {}))
    near = nearest(str(path[-1]), known)
    listed = ", ".join(known[:NAMES_SHOWN]) or "there are none"
    hint = f"did you mean `{near}`? " if near else ""
    return f"`{shortened(_dotted(path))}` is unknown; {hint}Known: {listed}"


def _described(schema: Schema, root: Schema) -> str:
    words = shortened(allowed(schema, root), 400)
    description = resolve(schema, root).get("description")
    return f"{words}. {shortened(description, 200)}" if description else words


def _step(schema: Schema, part: str | int, root: Schema) -> Schema | None:
    for key in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(key, ()):
            found = _step(resolve(branch, root), part, root)
            if found is not None:
                return found
    if isinstance(part, int):
        fixed: list[Schema] = schema.get("prefixItems", [])
        inner: Any = fixed[part] if part < len(fixed) else schema.get("items")
    else:
        inner = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
    return cast("Schema", inner) if isinstance(inner, dict) else None


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text or "arguments"
