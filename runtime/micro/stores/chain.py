"""The chain over audit records: each row's hash covers its record and the hash before it.

A row that was changed, left out, put in or moved breaks it from there on. What the chain alone
cannot tell is that its end was cut off: note the head now and then, and compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from micro.snapshots import AuditRecord

COLUMNS = AuditRecord.__struct_fields__
FIRST = ""
"""What stands before the first row."""

_SCOPES = COLUMNS.index("scopes_required")
"""Where scopes stand: those that were needed, then those that were held."""

_encode = msgspec.json.Encoder(order="sorted").encode


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


def link_text(before: str, text: bytes) -> str:
    """Give the hash of a row, SHA-256 in hex, from its record's canonical JSON."""
    return hashlib.sha256(before.encode() + b"\n" + text).hexdigest()


def link(before: str, record: AuditRecord) -> str:
    """Give the hash of a row."""
    return link_text(before, _encode(record))


def to_row(record: AuditRecord) -> tuple[object, ...]:
    """Give a record as the columns hold it."""
    values = msgspec.structs.astuple(record)
    scopes = (" ".join(record.scopes_required), " ".join(record.scopes_held))
    return (*values[:_SCOPES], *scopes, *values[_SCOPES + 2 :])


def from_row(row: Sequence[object]) -> AuditRecord:
    """Give the record of a row's columns.

    Raises:
        msgspec.ValidationError: They are not what was written.
    """
    values = dict(zip(COLUMNS, row, strict=True))
    for name in ("scopes_required", "scopes_held"):
        values[name] = str(values[name]).split()
    return msgspec.convert(values, AuditRecord)


def follow(rows: Iterable[tuple[int, str, Sequence[object]]]) -> Verdict:
    """Check rows, each its number, its hash and its columns, in order of their numbers.

    Numbers may have gaps (SQLite skips those of writes that failed); the hashes tell what is gone.
    """
    count, head = 0, (0, FIRST)
    for number, written, columns in rows:
        try:
            expected = link(head[1], from_row(columns))
        except (msgspec.ValidationError, ValueError):
            expected = None
        if expected != written:
            return Verdict(rows=count, head=head, broken=number)
        count, head = count + 1, (number, written)
    return Verdict(rows=count, head=head)
