from __future__ import annotations

import pytest

from micro_tui.query import CALLS, LOGS, QueryError, compile_query
from tui.shop import make_log, make_view

CALL = make_view(
    12,
    tool="orders.create",
    client="claude-code",
    outcome="error",
    duration=0.25,
    reason="OutOfStock: red shoes",
)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("ORDERS", True),
        ("a-113", True),
        ('"red shoes"', True),
        ('"shoes red"', False),
        ("nothing", False),
        ("-nothing", True),
        ("tool:orders.*", True),
        ("tool:orders.create", True),
        ("tool:*.create", True),
        ("tool:billing", False),
        ("-tool:billing", True),
        ("client:cursor,claude", True),
        ("service:orders", True),
        ("is:error", True),
        ("-is:ok", True),
        ("is:running", False),
        ("ms>100", True),
        ("ms>=250", True),
        ("ms<100", False),
        (">200ms", True),
        (">200", True),
        (">=0.25s", True),
        ("<250ms", False),
        ("<1m", True),
        (">300000us", False),
        ("-<1s", False),
        ("ms>0.1s", True),
        ("<b>", False),
        ("status:error", True),
        ("tool:orders.* status:error >200ms subject:local shoes", True),
        ("call=12", True),
        ("gen:7", True),
        ("tool:orders is:error ms>100 shoes", True),
        ("tool:orders is:ok", False),
        ('reason:"outofstock: red"', True),
        ("tool:", True),
        ("[bracket", False),
    ],
)
def test_a_query_holds_for_the_calls_that_it_says(query: str, holds: bool) -> None:
    keep = compile_query(query, CALLS)
    assert keep is not None
    assert keep(CALL) is holds


def test_a_running_call_has_no_duration_to_compare() -> None:
    running = make_view(outcome=None, duration=None)
    keep = compile_query("ms>0", CALLS)
    assert keep is not None
    assert not keep(running)
    assert compile_query("is:running", CALLS)(running)  # pyright: ignore[reportOptionalCall]


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_is_no_filter(query: str) -> None:
    assert compile_query(query, CALLS) is None


@pytest.mark.parametrize(
    ("query", "message", "mend"),
    [
        ("colour:red", "no field is called colour:", "known: tool service"),
        ("tool>3", "no field is called tool>", "known: tool"),
        ("ms:fast", "ms is compared with a number", "write ms>100"),
        ("ms>", "ms is compared with a number", "write ms>100"),
        (">", "ms is compared with a number", "write ms>100"),
        ("gen>1s", "gen is compared with a number", "write gen>100"),
    ],
)
def test_a_wrong_query_says_why_and_what_to_write(query: str, message: str, mend: str) -> None:
    with pytest.raises(QueryError) as raised:
        compile_query(query, CALLS)
    assert raised.value.message == message
    assert str(raised.value.mend).startswith(mend)


def test_what_has_no_duration_is_searched_for_the_sign() -> None:
    keep = compile_query(">2", LOGS)
    assert keep is not None
    assert keep(make_log("1 >2"))
    assert not keep(make_log("12"))


def test_log_lines_are_asked_for_service_level_and_call() -> None:
    line = make_log("paid", service="billing", level="warning", call=12)
    for query in ("service:billing", "level:warn", "call=12", "paid"):
        keep = compile_query(query, LOGS)
        assert keep is not None
        assert keep(line)
