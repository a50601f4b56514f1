"""Whether a condition of the settings holds for a call, so that somebody has to allow it.

What cannot be told counts as if it held: a value that is not there, or of another kind than what
it is compared with. So leaving an argument out, or writing it so that only the tool reads it as a
number, is no way round.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any, cast

import msgspec

from micro.calls import Call
from micro.conditions import Term, read_condition
from micro.gateway.scopes import missing_scopes

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def condition(text: str) -> Callable[[Call], str]:
    """Give what says whether a condition holds for a call: its text if it does, else nothing.

    Raises:
        ConfigError: It is none.
    """
    terms = read_condition(text)

    def holds(call: Call) -> str:
        arguments = _arguments(call) if any(term.path for term in terms) else None
        return text if all(_holds(term, call, arguments) for term in terms) else ""

    return holds


def _arguments(call: Call) -> Any:
    try:
        return msgspec.json.decode(call.arguments or b"{}")
    except msgspec.DecodeError:
        return None


def _holds(term: Term, call: Call, arguments: Any) -> bool:
    found = _found(term, call, arguments)
    return found is None or found != term.negated


def _found(term: Term, call: Call, arguments: Any) -> bool | None:
    """Say whether a term, but for its sign, is true; ``None`` if that cannot be told."""
    match term.name:
        case "subject":
            return fnmatchcase(call.caller.subject, term.value)
        case "door":
            return fnmatchcase(call.caller.door, term.value)
        case "scope":
            return not missing_scopes((term.value,), call.caller.scopes)
        case _:
            return _compared(term, _inside(arguments, term.path))


def _inside(value: Any, path: Sequence[str]) -> object:
    for name in path:
        members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        value = members.get(name, msgspec.UNSET)
    return value


def _compared(term: Term, value: object) -> bool | None:
    wanted = _literal(term.value)
    if isinstance(wanted, bool) or wanted is None:
        return value is wanted if isinstance(value, bool | None) else None
    if isinstance(wanted, str):
        return fnmatchcase(value, wanted) if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _ORDERS.get(term.operator, operator.eq)(value, wanted)


def _literal(text: str) -> bool | float | str | None:
    """Give a number, true, false or null as JSON means it; all else is text."""
    try:
        return msgspec.json.decode(text, type=bool | int | float | None)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text
