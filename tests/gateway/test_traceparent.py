"""W3C trace context, read from whatever a client sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro.gateway.traceparent import new_span_id, new_trace_id, read_traceparent

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

some_hex = st.text("0123456789abcdef")


def ids(length: int) -> st.SearchStrategy[str]:
    return st.integers(1, 16**length - 1).map(lambda number: f"{number:0{length}x}")


@given(trace=ids(32), span=ids(16), flags=ids(2))
def test_a_valid_header_gives_its_trace_and_span(trace: str, span: str, flags: str):
    assert read_traceparent(f"00-{trace}-{span}-{flags}") == (trace, span)
    assert read_traceparent(f"  00-{trace}-{span}-{flags}\t") == (trace, span)


@given(version=st.integers(1, 254), rest=st.text("abc-01", max_size=20))
def test_a_later_version_is_read_by_what_it_shares_with_ours(version: int, rest: str):
    head = f"{version:02x}-{TRACE}-{SPAN}-01"
    assert read_traceparent(head) == (TRACE, SPAN)
    assert read_traceparent(f"{head}-{rest}") == (TRACE, SPAN)
    assert read_traceparent(f"{head}x{rest}") is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01\n00-{TRACE}-{SPAN}-01",
        f"٠٠-{TRACE}-{SPAN}-01",
    ],
)
def test_what_is_not_valid_is_as_if_it_were_not_there(header: str):
    assert read_traceparent(header) is None


@given(st.text() | st.tuples(some_hex, some_hex, some_hex, some_hex).map("-".join))
def test_no_text_raises_and_what_is_read_is_well_formed(header: str):
    found = read_traceparent(header)
    if found is not None:
        assert [len(part) for part in found] == [32, 16]
        assert all(int(part, 16) for part in found)


def test_new_ids_are_of_the_right_length_and_all_different():
    made = [(new_trace_id(), new_span_id()) for _ in range(1000)]
    assert {(len(trace), len(span)) for trace, span in made} == {(32, 16)}
    assert len({trace for trace, _ in made}) == len({span for _, span in made}) == 1000
    assert all(read_traceparent(f"00-{trace}-{span}-01") for trace, span in made)
