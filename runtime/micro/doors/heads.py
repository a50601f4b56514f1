"""The heads of requests that were looked at once: the same head means the same again.

A client sends one head over and over, but for the length of what follows. It is known by its bytes,
or by its headers where a server that is not ours has parsed them. Which heads are worth keeping is
not known here (``direct``), nor what is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from starlette.types import Scope

from micro.doors.asgi import path_of
from micro.protocol.facts import Facts

K = TypeVar("K")

KEPT = 2_048
"""Heads that are kept; the oldest makes room for a new one."""

LIMIT = 4_096
"""Bytes of a head that is kept."""

_LENGTH = b"\r\ncontent-length: "
_END = b"ength: "
"""How the name of the length ends, in whatever letters it begins."""
_DIGITS = 5
"""Of the length; what is longer goes the usual way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head that passed every check that looks at nothing else.

    Attributes:
        scope: As the server made it for one such request, with some length and some client; empty
            where it makes one of its own for each.
        facts: What they say of the message.
        token: Whose request it is, as yet unchecked; empty if it does not say.
    """

    scope: Scope
    facts: Facts
    token: str


class Posted(NamedTuple):
    """A known head, and where in the bytes the body starts and ends."""

    head: Head
    start: int
    end: int


class Heads:
    """The known heads of posts to one path.

    Args:
        path: Of what is posted.
        read: Gives a head to keep of a request that the parser took; ``None`` for one that always
            goes the usual way.
    """

    def __init__(self, path: str, read: Callable[[Scope], Head | None]) -> None:
        self._begins = f"POST {path} HTTP/1.1\r\n".encode()
        self._read = read
        self._heads: dict[bytes, Head] = {}

    def find(self, data: bytes) -> Posted | None:
        """Give what the bytes begin with; ``None`` if it is nothing known."""
        cut = self._cut(data)
        if cut is None:
            return None
        key, start, end = cut
        head = self._heads.get(key)
        return None if head is None else Posted(head, start, end)

    def learn(self, data: bytes, scope: Scope) -> None:
        """Know the head of a request again; ``data`` begins with it, and ``scope`` is its."""
        cut = self._cut(data)
        head = None if cut is None else self._read(scope)
        if cut is None or head is None:
            return
        _keep(self._heads, cut[0], head)

    def _cut(self, data: bytes) -> tuple[bytes, int, int] | None:
        """Give the head but for its length, where the body starts and where it ends."""
        if not data.startswith(self._begins):
            return None
        start = data.find(b"\r\n\r\n", 0, LIMIT) + 4
        value = data.rfind(_END, 0, start) + len(_END)
        if start < 4 or data[value - len(_LENGTH) : value].lower() != _LENGTH:
            return None
        stop = data.find(b"\r", value)
        digits = data[value:stop]
        if not digits.isdigit() or len(digits) > _DIGITS:
            return None
        return data[:value] + data[stop:start], start, start + int(digits)


class ParsedHeads:
    """The known heads of posts to one path that came by ASGI.

    Args:
        path: Of what is posted, below where the application is mounted.
        read: Gives a head to keep, as for ``Heads``.
    """

    def __init__(self, path: str, read: Callable[[Scope], Head | None]) -> None:
        self._path = path
        self._read = read
        self._heads: dict[tuple[object, ...], Head] = {}

    def of(self, scope: Scope) -> Head | None:
        """Give the head of a request; ``None`` if that always goes the usual way."""
        if scope["method"] != "POST" or path_of(scope) != self._path:
            return None
        headers = tuple([pair for pair in scope["headers"] if pair[0] != b"content-length"])
        try:
            head = self._heads.get(headers)
        except TypeError:  # a server that gives lists in place of pairs
            return None
        if head is None:
            head = self._read(scope)
            if head is not None and sum(len(name) + len(text) for name, text in headers) <= LIMIT:
                _keep(self._heads, headers, head)
        return head


def _keep(heads: dict[K, Head], key: K, head: Head) -> None:
    if len(heads) >= KEPT:
        del heads[next(iter(heads))]
    heads[key] = head
