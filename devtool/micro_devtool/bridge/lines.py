"""Newline-delimited messages: cut from a stream, bounded, and read as far as the bridge must.

Knows nothing of sockets or of what a message means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

MAX_LINE = 4 * 1024 * 1024
"""Bytes of the longest line that is taken from an agent."""

_KEPT = 256


class TooLong(NamedTuple):
    """What is left of a line over the limit: its first and its last bytes."""

    head: bytes
    tail: bytes


class Lines:
    """Cuts a stream into lines without their newline; blank ones are left out.

    A line over ``limit`` bytes is thrown away while it comes in and given as ``TooLong``.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self._lost: TooLong | None = None

    def feed(self, data: bytes) -> Iterator[bytes | TooLong]:
        """Take what was read and give the lines that it completes."""
        self._buffer += data
        while (end := self._buffer.find(b"\n", self._searched)) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._searched = 0
            yield from self._line(line)
        self._searched = len(self._buffer)
        if self._limit is not None and len(self._buffer) > self._limit:
            self._throw_away()

    def end(self) -> Iterator[bytes | TooLong]:
        """Give what stands after the last newline; the stream has ended."""
        rest, self._searched = bytes(self._buffer), 0
        self._buffer.clear()
        yield from self._line(rest)

    def _line(self, line: bytes) -> Iterator[bytes | TooLong]:
        lost, self._lost = self._lost, None
        if lost is not None:
            yield TooLong(lost.head, (lost.tail + line)[-_KEPT:])
        elif self._limit is not None and len(line) > self._limit:
            yield TooLong(line[:_KEPT], line[-_KEPT:])
        elif line.strip():
            yield line

    def _throw_away(self) -> None:
        head = self._lost.head if self._lost else bytes(self._buffer[:_KEPT])
        self._lost = TooLong(head, bytes(self._buffer[-_KEPT:]))
        self._buffer.clear()
        self._searched = 0


def messages(line: bytes) -> list[dict[str, Any]]:
    """Give the JSON-RPC messages on a line: one, several for a batch, none if it is junk."""
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return []
    several: Any = found if isinstance(found, list) else [found]  # pyright: ignore
    return [message for message in several if isinstance(message, dict)]


def encode(message: dict[str, Any]) -> bytes:
    """Write a message as one line, with its newline."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def lost_id(line: TooLong) -> str | int | None:
    """Guess the id of a message of which only the ends are left; ``None`` if it shows in neither.

    Clients write ``id`` first, or last.
    """
    import re

    key = rb'"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(-?\d{1,18}|"[^"\\]{1,100}")'
    found = re.match(rb"\s*\{\s*" + key, line.head) or re.search(key + rb"\s*\}\s*$", line.tail)
    return json.loads(found.group(1)) if found else None
