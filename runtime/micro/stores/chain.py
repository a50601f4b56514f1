"""The chain over audit records: each row's hash covers its record's text and the hash before it.

A row that was changed, left out, put in or moved breaks it from there on. What the chain alone
cannot tell is that its end was cut off: note the head now and then, and compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from micro.snapshots import AuditRecord

FIRST = ""
"""What stands before the first row."""

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(AuditRecord).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What following a chain gave.

    Attributes:
        rows: How many rows hold together, from the first.
        head: The number and the hash of the last of these.
        broken: The number of the row at which it breaks; ``None`` if it holds.
    """

    rows: int
    head: tuple[int, str]
    broken: int | None = None


def text_of(record: AuditRecord) -> bytes:
    """Give a record's canonical JSON, which its hash covers."""
    return _encode(record)


def record_of(text: bytes) -> AuditRecord:
    """Give the record of a text.

    Raises:
        msgspec.MsgspecError: It is not what was written.
    """
    return _decode(text)


def link(before: str, text: bytes) -> str:
    """Give the hash of a row, SHA-256 in hex, from its record's canonical JSON."""
    return hashlib.sha256(before.encode() + b"\n" + text).hexdigest()


def carry_on(before: str, texts: Iterable[bytes]) -> list[tuple[str, str]]:
    """Give the rows of records that follow upon a hash: text and hash of each."""
    rows = list[tuple[str, str]]()
    for text in texts:
        before = link(before, text)
        rows.append((text.decode(), before))
    return rows


def follow(rows: Iterable[tuple[int, str, bytes]]) -> Verdict:
    """Check rows, each its number, its hash and its record's text, in order of their numbers.

    Numbers may have gaps (SQLite skips those of writes that failed); the hashes tell what is gone.
    """
    count, head = 0, (0, FIRST)
    for number, written, text in rows:
        if link(head[1], text) != written:
            return Verdict(rows=count, head=head, broken=number)
        count, head = count + 1, (number, written)
    return Verdict(rows=count, head=head)
