"""The chain holds over what was written, and breaks wherever something else stands."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from micro.snapshots import AuditRecord
from micro.stores.chain import FIRST, carry_on, follow, record_of, text_of

WORDS = st.lists(st.text(string.ascii_lowercase + ":*|", min_size=1, max_size=8), max_size=3)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def record(**fields: object) -> AuditRecord:
    given = {
        "time": 1000.5,
        "trace_id": "a" * 32,
        "tool": "shop.sell",
        "service": "shop",
        "generation": 1,
        "door": "http",
        "client": "c",
        "client_version": "",
        "subject": "ada",
        "scopes_required": ("a",),
        "scopes_held": (),
        "outcome": "ok",
        "reason": "",
        "duration": 0.25,
        "arguments_digest": "",
        "result_digest": "",
    }
    return AuditRecord(**given | fields)


RECORDS = st.builds(
    record,
    time=st.floats(0, 10**10),
    subject=TEXT,
    client=TEXT,
    tool=TEXT,
    generation=st.integers(0, 2**40),
    scopes_required=WORDS.map(tuple),
    scopes_held=WORDS.map(tuple),
    duration=st.floats(0, 10**6),
)
Row = tuple[int, str, bytes]


def chained(records: list[AuditRecord]) -> list[Row]:
    rows = carry_on(FIRST, map(text_of, records))
    return [(number, hash_, text.encode()) for number, (text, hash_) in enumerate(rows, 1)]


@given(RECORDS)
def test_a_text_gives_back_its_record(each: AuditRecord):
    assert record_of(text_of(each)) == each


@given(st.lists(RECORDS, max_size=8))
def test_a_chain_as_it_was_written_holds(records: list[AuditRecord]):
    rows = chained(records)
    verdict = follow(rows)
    assert (verdict.rows, verdict.broken) == (len(rows), None)
    assert verdict.head == ((rows[-1][0], rows[-1][1]) if rows else (0, FIRST))


@given(st.lists(RECORDS, min_size=2, max_size=8, unique=True), st.data())
def test_any_change_breaks_it_where_it_was_made(records: list[AuditRecord], data: st.DataObject):
    rows = chained(records)
    place = data.draw(st.integers(0, len(rows) - 2))
    number, written, text = rows[place]
    match data.draw(st.sampled_from(["value", "hash", "left out", "moved", "doubled"])):
        case "value":
            rows[place] = (number, written, text.replace(b"{", b"{ ", 1))
        case "hash":
            rows[place] = (number, "0" * 64, text)
        case "left out":
            del rows[place]
        case "moved":
            rows[place], rows[place + 1] = rows[place + 1], rows[place]
        case _:
            rows.insert(place, rows[place])
    verdict = follow(rows)
    assert verdict.broken is not None
    assert verdict.rows in (place, place + 1)


def test_a_row_that_is_no_record_breaks_it():
    rows = chained([record()])
    number, written, _ = rows[0]
    assert follow([(number, written, b"")]).broken == 1
