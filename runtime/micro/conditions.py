"""Conditions on a call, as settings write them: ``arguments.amount>1000 -subject:ops-*``.

Terms that all have to hold, each perhaps negated by ``-``. How they are read is here, whether they
hold is the gateway's to say.
"""

from __future__ import annotations

import re
import shlex
from typing import Literal

import msgspec

from micro.errors import ConfigError

_TERM = re.compile(r"(-?)(subject|scope|door|arguments((?:\.[\w-]+)+))(:|>=|<=|>|<)(.+)", re.DOTALL)

MEND = 'write "arguments.amount>1000", "-scope:orders:trusted", "subject:agent-*" or several'


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One term. ``path`` leads to a value inside of the arguments; else it is empty."""

    negated: bool
    name: Literal["subject", "scope", "door", "arguments"]
    path: tuple[str, ...] = ()
    operator: Literal[":", ">", ">=", "<", "<="]
    value: str


def read_condition(text: str) -> tuple[Term, ...]:
    """Read terms, which spaces keep apart; a value with spaces stands in quotes.

    Raises:
        ConfigError: It is no condition.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is no condition: {error}", mend=MEND) from error
    if not words:
        raise ConfigError("an empty condition says nothing", mend=MEND)
    return tuple(_term(word) for word in words)


def _term(word: str) -> Term:
    match = _TERM.fullmatch(word)
    if match is None:
        raise ConfigError(f"{word!r} is no term of a condition", mend=MEND)
    minus, name, path, operator, value = match.groups()
    if operator != ":" and (path is None or not _is_number(value)):
        raise ConfigError(f"{word!r} compares what is no number", mend=MEND)
    return msgspec.convert(
        {
            "negated": bool(minus),
            "name": name.partition(".")[0],
            "path": tuple((path or "").split(".")[1:]),
            "operator": operator,
            "value": value,
        },
        Term,
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
