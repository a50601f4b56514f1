"""What may be asked of calls: scopes, rates, bounds of time and number; and how each is written.

Values only, each with a text form for settings. What carries them out is in ``gateway``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from micro.conditions import MEND as CONDITION
from micro.conditions import read_condition
from micro.errors import ConfigError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_duration = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)", re.ASCII)
_rate = re.compile(r"(\d+)\s*/\s*(\d*\s*(?:s|min|m|h|d))(?:\s+burst\s+(\d+))?", re.ASCII)
_breaker = re.compile(r"(\d+)\s+open\s+(\S+)(?:\s+probes\s+(\d+))?", re.ASCII)
_queue = re.compile(r"(\d+)(?:\s+queue\s+(\d+))?", re.ASCII)


class RateLimit(msgspec.Struct, frozen=True):
    """So many calls in a time, and how many at once after a pause.

    Attributes:
        calls: How many calls ``period`` seconds allow.
        burst: How many may come at once; 0 means as many as ``calls``.
    """

    calls: int
    period: float = 1.0
    burst: int = 0

    def __post_init__(self) -> None:
        """Refuse what would let nothing through."""
        _at_least_one(self, "calls", self.calls)
        _above_zero(self, "period", self.period)

    @property
    def capacity(self) -> int:
        """How many calls may come at once."""
        return self.burst or self.calls

    def __str__(self) -> str:
        """As it is written in settings."""
        names = {seconds: unit for unit, seconds in _UNITS.items() if unit != "min"}
        every = names.get(self.period, f"{self.period:g}s")
        return f"{self.calls}/{every}" + (f" burst {self.burst}" if self.burst else "")


class Concurrency(msgspec.Struct, frozen=True):
    """How many calls run at a time, and how many may wait for their turn."""

    running: int
    queue: int = 100

    def __post_init__(self) -> None:
        """Refuse what would let nothing through."""
        _at_least_one(self, "running", self.running)


class CircuitBreaker(msgspec.Struct, frozen=True):
    """After how many faults in a row a tool gets no calls, for how long, and how it comes back.

    Attributes:
        failures: Faults of the service in a row that open it; bad input does not count.
        pause: Seconds without any call.
        probes: Calls let through after that: if all succeed it closes, if one fails it opens again.
    """

    failures: int = 5
    pause: float = 30.0
    probes: int = 1

    def __post_init__(self) -> None:
        """Refuse what could never open or never close."""
        _at_least_one(self, "failures", self.failures)
        _at_least_one(self, "probes", self.probes)
        _above_zero(self, "pause", self.pause)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a tool's calls beside their scopes; ``None`` asks nothing.

    Attributes:
        timeout: Seconds that a call may take.
        breaker: ``False``: none, whatever was asked before.
        cache: Seconds that an answer may be given again; for tools that change nothing.
        approve: Whether somebody has to allow each call; or the condition on those (a text of
            ``conditions``).
        judged: Whether the tool says by its arguments which calls somebody has to allow, where
            ``approve`` says nothing.
    """

    rate_limit: RateLimit | None = None
    timeout: float | None = None
    concurrency: Concurrency | None = None
    breaker: CircuitBreaker | bool | None = None
    cache: float | None = None
    approve: bool | str | None = None
    judged: bool | None = None

    def over(self, other: Policy) -> Policy:
        """Give this policy, and the other's where this one asks nothing."""
        every = msgspec.structs.asdict(self).items()
        mine = {name: value for name, value in every if value is not None}
        return msgspec.structs.replace(other, **mine) if mine else other

    def limits(self) -> Iterator[str]:
        """Say in words what a caller may run into."""
        if self.rate_limit is not None:
            yield f"{self.rate_limit} calls"
        if self.timeout is not None:
            yield f"{self.timeout:g} s a call"
        if self.concurrency is not None:
            yield f"{self.concurrency.running} calls at a time"
        if self.approve or (self.judged and self.approve is None):
            yield "somebody has to allow " + ("each call" if self.approve is True else "some calls")


NO_POLICY = Policy()


def any_of(*scopes: str) -> str:
    """Ask for one of several scopes, where a list of scopes asks for all: one entry of such a list.

    Raises:
        ConfigError: There is none, or one is not a word.
    """
    if not scopes or not all(_is_scope(scope) for scope in scopes):
        raise ConfigError(f"any_of{scopes!r} names no scopes", mend='write any_of("a:read", "a:*")')
    return "|".join(scopes)


def is_requirement(word: str) -> bool:
    """Tell whether a word is a scope, or several of which one is needed (``any_of``)."""
    return all(_is_scope(scope) for scope in word.split("|"))


def read_rate_limit(given: object) -> RateLimit:
    """Read ``"10/s burst 20"``, ``"1000/h"``, or what is one already."""
    if isinstance(given, RateLimit):
        return given
    match = _rate.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        raise ConfigError(f"{given!r} is no rate", mend='write "10/s", "10/s burst 20" or "1000/h"')
    calls, period, burst = match.groups()
    period = period if period[0].isdigit() else f"1{period}"
    return RateLimit(int(calls), read_duration(period), int(burst or 0))


def read_duration(given: object) -> float:
    """Read ``"30s"``, ``"500ms"``, ``"5m"``, or a number of seconds."""
    if isinstance(given, int | float) and not isinstance(given, bool) and given > 0:
        return float(given)
    match = _duration.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None or not float(match[1]):
        raise ConfigError(f"{given!r} is no time", mend='write "30s", "500ms", "5m" or "1h"')
    return float(match[1]) * _UNITS[match[2]]


def read_breaker(given: object) -> CircuitBreaker | bool:
    """Read ``"5 open 30s probes 2"``, ``True`` for the default, ``False`` for none."""
    if isinstance(given, bool):
        return CircuitBreaker() if given else False
    if isinstance(given, CircuitBreaker):
        return given
    match = _breaker.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        mend = 'write "5 open 30s" or "5 open 30s probes 2": faults in a row, pause, probes'
        raise ConfigError(f"{given!r} is no circuit breaker", mend=mend)
    return CircuitBreaker(int(match[1]), read_duration(match[2]), int(match[3] or 1))


def read_approve(given: object) -> bool | str:
    """Read ``"always"``, ``"never"``, or a condition, ``"arguments.amount>1000"``."""
    if given in ("always", "never"):
        return given == "always"
    mend = f"{CONDITION}, or always or never; where the tool is, a function does as well"
    if not isinstance(given, str):
        raise ConfigError(f"{given!r} does not say when to ask", mend=mend)
    try:
        read_condition(given)
    except ConfigError as error:
        message = f"{given!r} does not say when to ask: {error.message}"
        raise ConfigError(message, mend=mend) from error
    return given


def read_concurrency(given: object) -> Concurrency:
    """Read ``4``, ``"4 queue 10"``, or what is one already."""
    if isinstance(given, Concurrency):
        return given
    match = _queue.fullmatch(str(given).strip()) if not isinstance(given, bool) else None
    if match is None:
        raise ConfigError(f"{given!r} is no number of calls", mend='write 4 or "4 queue 10"')
    return Concurrency(int(match[1]), *([int(match[2])] if match[2] else []))


READERS = {
    "rate_limit": read_rate_limit,
    "timeout": read_duration,
    "concurrency": read_concurrency,
    "breaker": read_breaker,
    "cache": read_duration,
    "approve": read_approve,
}
"""Key of a policy to what reads its value."""


def read_policy(given: Iterable[tuple[str, object]]) -> Policy:
    """Read a policy from keys and values as people write them; other keys are passed over.

    Raises:
        ConfigError: A value is wrong; the message names its key.
    """
    values: dict[str, Any] = {}
    for key, value in given:
        if key == "approve" and callable(value):
            values["judged"] = True
        elif key in READERS and value is not None:
            try:
                values[key] = READERS[key](value)
            except ConfigError as error:
                raise ConfigError(f"{key}: {error.message}", mend=error.mend) from error
    return Policy(**values) if values else NO_POLICY


def _is_scope(scope: str) -> bool:
    return scope.split() == [scope] and "|" not in scope


def _at_least_one(owner: object, name: str, value: int) -> None:
    if value < 1:
        kind = type(owner).__name__
        raise ConfigError(f"{kind}: {name} is {value}", mend="give 1 or more")


def _above_zero(owner: object, name: str, value: float) -> None:
    if not value > 0:
        kind = type(owner).__name__
        raise ConfigError(f"{kind}: {name} is {value}", mend="give more than 0 seconds")
