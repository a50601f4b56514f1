"""The filter language: words, ``field:value``, ``field>number``, ``>duration``, as one predicate.

``tool:orders.* client:claude,cursor -is:ok >200ms "red shoes"``: everything must hold. ``*``
stands for anything, a comma for "or", ``-`` in front for "not"; case does not matter.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Generic, TypeVar

from micro.errors import MicroError
from micro.events import LogWritten
from micro.snapshots import AuditRecord, CallView

Row = TypeVar("Row")
Predicate = Callable[[Row], bool]

_TERM = re.compile(
    r"(?P<no>-?)(?:(?P<field>[A-Za-z]+)(?P<op>>=|<=|[:><=])|(?P<than>>=|<=|[><]))?"
    r"(?:\"(?P<quoted>[^\"]*)\"?|(?P<bare>\S+))?"
)
_NUMBER = re.compile(r":?(>=|<=|>|<|=|:|)(-?\d+(?:\.\d+)?)(us|ms|s|m|h)?")
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}


class QueryError(MicroError):
    """A filter cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields(Generic[Row]):
    """What a filter may ask of a row.

    Attributes:
        texts: Fields that are compared as text, with ``:``.
        numbers: Fields that are compared as numbers; a row that gives ``None`` never matches.
        anywhere: The texts that a plain word is looked for in, joined.
        duration: The one of ``numbers`` that is in milliseconds: it takes units, and a comparison
            without a field is of it. Empty if there is none.
    """

    texts: Mapping[str, Callable[[Row], str]]
    numbers: Mapping[str, Callable[[Row], float | None]]
    anywhere: Callable[[Row], str]
    duration: str = ""


CALLS: Fields[CallView] = Fields(
    texts={
        "tool": lambda row: row.tool,
        "service": lambda row: row.tool.partition(".")[0],
        "client": lambda row: row.client,
        "door": lambda row: row.door,
        "is": lambda row: row.outcome or "running",
        "status": lambda row: row.outcome or "running",
        "subject": lambda row: row.subject,
        "trace": lambda row: row.trace_id,
        "reason": lambda row: row.reason,
    },
    numbers={
        "ms": lambda row: None if row.duration is None else row.duration * 1000,
        "gen": lambda row: row.generation,
        "call": lambda row: row.call,
    },
    anywhere=lambda row: f"{row.tool} {row.client} {row.arguments} {row.reason} {row.trace_id}",
    duration="ms",
)
"""The fields of a call."""

LOGS: Fields[LogWritten] = Fields(
    texts={
        "service": lambda row: row.service,
        "level": lambda row: row.level,
        "logger": lambda row: row.logger,
    },
    numbers={"call": lambda row: row.call},
    anywhere=lambda row: f"{row.service} {row.level} {row.logger} {row.text}",
)
"""The fields of a log line."""

AUDIT: Fields[tuple[int, AuditRecord]] = Fields(
    texts={
        "tool": lambda row: row[1].tool,
        "service": lambda row: row[1].service,
        "client": lambda row: row[1].client,
        "door": lambda row: row[1].door,
        "is": lambda row: row[1].outcome,
        "status": lambda row: row[1].outcome,
        "subject": lambda row: row[1].subject,
        "trace": lambda row: row[1].trace_id,
        "reason": lambda row: row[1].reason,
    },
    numbers={
        "ms": lambda row: row[1].duration * 1000,
        "gen": lambda row: row[1].generation,
        "seq": lambda row: row[0],
    },
    anywhere=lambda row: " ".join(
        (row[1].tool, row[1].client, row[1].subject, row[1].reason, *row[1].scopes_required)
    ),
    duration="ms",
)
"""The fields of an audit record, which has its number before it."""


def compile_query(text: str, fields: Fields[Row]) -> Predicate[Row] | None:
    """Give the predicate of a filter, ``None`` if it is empty.

    Raises:
        QueryError: It names a field that is not there, or compares with what is no number.
    """
    terms = [_term(match, fields) for match in _TERM.finditer(text.strip()) if match[0]]
    if not terms:
        return None
    if len(terms) == 1:
        return terms[0]
    return lambda row: all(term(row) for term in terms)


def _term(match: re.Match[str], fields: Fields[Row]) -> Predicate[Row]:
    value = match["quoted"] if match["quoted"] is not None else (match["bare"] or "")
    name = (match["field"] or "").lower()
    if match["than"]:
        test = _lasts(match["than"], value, fields)
    elif not name:
        test = _word(value, fields)
    elif name in fields.texts and match["op"] in ":=":
        test = _matches(fields.texts[name], value)
    elif name in fields.numbers:
        test = _compares(name, f"{match['op']}{value}", fields)
    else:
        known = " ".join((*fields.texts, *fields.numbers))
        raise QueryError(f"no field is called {name}{match['op']}", mend=f"known: {known}")
    return (lambda row: not test(row)) if match["no"] else test


def _lasts(sign: str, value: str, fields: Fields[Row]) -> Predicate[Row]:
    """Compare durations; what is none, such as ``<b>``, is a word like others."""
    if not fields.duration or (value and not _NUMBER.fullmatch(f"{sign}{value}")):
        return _word(f"{sign}{value}", fields)
    return _compares(fields.duration, f"{sign}{value}", fields)


def _word(value: str, fields: Fields[Row]) -> Predicate[Row]:
    needle, anywhere = value.lower(), fields.anywhere
    return lambda row: needle in anywhere(row).lower()


def _matches(get: Callable[[Row], str], value: str) -> Predicate[Row]:
    wanted = [part for part in value.lower().split(",") if part]
    if not wanted:
        return lambda _: True
    pattern = re.compile("|".join(translate(f"{part}*") for part in wanted))
    return lambda row: pattern.match(get(row).lower()) is not None


def _compares(name: str, test: str, fields: Fields[Row]) -> Predicate[Row]:
    match = _NUMBER.fullmatch(test)
    if not match or (match[3] and name != fields.duration):
        raise QueryError(
            f"{name or 'a duration'} is compared with a number", mend=f"write {name}>100"
        )
    limit = float(match[2]) * _MILLISECONDS[match[3] or "ms"]
    holds, get = _HOLDS[match[1]], fields.numbers[name]

    def test_one(row: Row) -> bool:
        value = get(row)
        return value is not None and holds(value, limit)

    return test_one


_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ":": operator.eq,
    "": operator.eq,
}
