"""Rows of the audit view, a record as text, and what following the chain gave."""

from __future__ import annotations

import json

import msgspec

from micro.snapshots import AuditRecord
from micro.stores.chain import Verdict
from micro_tui import format as words
from micro_tui.look import Glyphs, style_of
from micro_tui.paint.rows import tool_name
from micro_tui.parts import SPACE, Parts, cut, justify, pad, pad_left, width_of

AuditRow = tuple[int, AuditRecord]
"""A record with its number."""


def audit_row(row: AuditRow, width: int, *, broken: bool = False, glyphs: Glyphs) -> Parts:
    """Draw a record: number, time, verdict, who, tool, scopes, and why it was not let through.

    ``broken``: from this record on, nothing proves that it is what was written.
    """
    number, record = row
    wide = width >= 100
    parts: Parts = [("dim", pad_left(f"{number}", 6)), SPACE]
    parts += [("dim", words.clock(record.time)[: 12 if wide else 8]), SPACE]
    parts += [(style_of(record.outcome), glyphs.of(record.outcome)), SPACE]
    who = record.subject if record.subject not in ("", "local") else record.client
    parts += [("client", pad(who or "-", 14 if wide else 10)), SPACE]
    parts += [*tool_name(record.tool, 26 if wide else 20), SPACE]
    end: Parts = [("base", pad_left(words.duration(record.duration), 9)), SPACE]
    if wide:
        end = [SPACE, ("dim", pad(record.door, 9)), *end]
    if broken:
        parts.append(("error", f"{glyphs.error} the chain breaks here  "))
    room = width - width_of(parts) - width_of(end)
    return justify([*parts, *_why(record, room)], end, width=width)


def _why(record: AuditRecord, room: int) -> Parts:
    """Draw what was needed and held, who decided, and the reason, as far as there is room."""
    said: list[tuple[str, str]] = []
    if record.reason:
        said.append((style_of(record.outcome), record.reason))
    if record.decided_by:
        said.append(("base", f"by {record.decided_by}"))
    if record.scopes_required:
        needs, held = " ".join(record.scopes_required), " ".join(record.scopes_held)
        said.append(("dim", f"needs {needs}, has {held or 'none'}"))
    parts: Parts = []
    for style, text in said:
        shown = cut(text, room - width_of(parts))
        if shown:
            parts += [(style, shown), ("base", "  ")]
    return parts


def audit_text(row: AuditRow) -> str:
    """Give a record as JSON to paste somewhere; what is not ASCII is escaped."""
    number, record = row
    return json.dumps({"number": number, **msgspec.structs.asdict(record)}, indent=2)


def chain_state(verdict: Verdict | None, newest: int, *, glyphs: Glyphs) -> Parts:
    """Draw how far the chain was followed, and whether it held."""
    if not newest:
        return []
    if verdict is None:
        return [("dim", "chain not followed yet: v")]
    if verdict.broken is not None:
        return [("error", f"{glyphs.error} chain breaks at {verdict.broken}")]
    return [("ok", glyphs.ok), ("dim", f" chain whole to {verdict.head[0]}")]


def verdict_text(verdict: Verdict) -> tuple[bool, str]:
    """Say whether the chain is whole, and where it breaks if not."""
    rows = words.plural(verdict.rows, "record")
    if verdict.broken is None:
        return True, f"{rows}: the chain is whole"
    return False, f"{rows} hold together; the chain breaks at record {verdict.broken}"
