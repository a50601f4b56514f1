"""The last calls, whole, within bounds of number and of size."""

from __future__ import annotations

from typing import Any

from calling import make_call, text_result
from micro.calls import Fault, ToolResult
from micro.events import ApprovalDecided, CallFinished, LogWritten
from micro.snapshots import CallDetail
from micro.stores.ledger import KEPT_LINES, Ledger


def finished(number: int = 1, **fields: Any) -> CallFinished:
    given: dict[str, Any] = {"call": number, "outcome": "ok", "duration": 0.5, "generation": 3}
    return CallFinished(**given | fields)


def keep(ledger: Ledger, number: int, *, arguments: str = "{}", result: str = "") -> None:
    call = make_call(number, arguments=arguments.encode())
    ledger.began(call, float(number))
    ledger.ended(call, text_result("x", structured=result.encode()), finished(number))


def log_line(text: str, *, call: int | None) -> LogWritten:
    return LogWritten(service="demo", call=call, level="INFO", logger="demo", text=text)


def detail(ledger: Ledger, number: int) -> CallDetail:
    found = ledger.detail(number)
    assert found is not None
    return found


def numbers(ledger: Ledger) -> list[int]:
    return [view.call for view in ledger.last(1000)]


def test_a_call_is_kept_whole():
    ledger = Ledger()
    keep(ledger, 7, arguments='{"a":1}', result='{"b":2}')
    ledger.take(log_line("hello", call=7))
    kept = detail(ledger, 7)
    assert (kept.arguments, kept.result) == ('{"a":1}', '{"b":2}')
    assert [line.text for line in kept.logs] == ["hello"]
    assert (kept.view.outcome, kept.view.duration, kept.view.time) == ("ok", 0.5, 7.0)
    assert kept.view.generation == 3


def test_phases_are_the_stages_outermost_first_and_then_what_lay_inside():
    ledger, call = Ledger(), make_call(1, started=10.0)
    ledger.began(call, 1.0)
    call.marks.extend([("scopes", 10.2, 10.8), ("audit", 10.1, 10.9)])
    ledger.ended(
        call, text_result("x", phases=(("queue", 0.3, 0.1), ("run", 0.4, 0.3))), finished()
    )
    phases = detail(ledger, 1).phases
    assert [(phase.name, phase.kind) for phase in phases] == [
        ("audit", "stage"),
        ("scopes", "stage"),
        ("queue", "wait"),
        ("run", "code"),
    ]
    assert [round(phase.start, 6) for phase in phases] == [0.1, 0.2, 0.3, 0.4]
    assert [round(phase.duration, 6) for phase in phases] == [0.8, 0.6, 0.1, 0.3]


def test_a_refused_call_keeps_the_stages_that_it_came_to():
    ledger, call = Ledger(), make_call(1, started=1.0)
    ledger.began(call, 1.0)
    call.marks.append(("scopes", 1.1, 1.2))
    ledger.ended(call, None, finished())
    assert [phase.name for phase in detail(ledger, 1).phases] == ["scopes"]


def test_a_call_knows_who_made_it_what_it_called_and_who_allowed_it():
    ledger, parent = Ledger(), make_call(1)
    inside = [make_call(number, parent_id=parent.span_id) for number in (2, 3)]
    for each in (parent, *inside, make_call(4)):
        ledger.began(each, 1.0)
    ledger.take(ApprovalDecided(call=1, allowed=True, by="grace"))
    kept = detail(ledger, 1)
    assert [view.call for view in kept.nested] == [2, 3]
    assert (kept.client_version, kept.scopes_held, kept.decided_by) == ("1", ("a", "b"), "grace")


def test_a_call_is_handed_on_when_it_ends_and_again_with_each_later_line():
    ledger, kept = Ledger(), list[CallDetail]()
    ledger.keepers.append(lambda entry: kept.append(entry.detail()))
    ledger.take(log_line("of no call", call=None))
    keep(ledger, 1)
    ledger.take(log_line("late", call=1))
    assert [[line.text for line in each.logs] for each in kept] == [[], ["late"]]


def test_a_call_that_runs_has_no_outcome_yet():
    ledger = Ledger()
    ledger.began(make_call(1), 1.0)
    view = detail(ledger, 1).view
    assert (view.outcome, view.duration) == (None, None)


def test_a_failed_call_keeps_its_traceback_and_its_words():
    ledger, call = Ledger(), make_call(1)
    ledger.began(call, 1.0)
    fault = Fault(kind="exception", message="it broke", traceback="line 3")
    ledger.ended(call, ToolResult.failed(fault), finished())
    assert detail(ledger, 1).traceback == "line 3"
    assert "it broke" in detail(ledger, 1).result


def test_a_refused_call_has_no_result():
    ledger, call = Ledger(), make_call(1)
    ledger.began(call, 1.0)
    ledger.ended(call, None, finished())
    assert detail(ledger, 1).result == ""


def test_the_oldest_calls_go_first_once_there_are_too_many():
    ledger = Ledger(calls=3)
    for number in range(1, 6):
        keep(ledger, number)
    assert numbers(ledger) == [3, 4, 5]
    assert ledger.detail(1) is None


def test_the_oldest_calls_go_first_once_they_are_too_large_together():
    ledger = Ledger(size=1000)
    for number in range(1, 6):
        keep(ledger, number, arguments="a" * 200, result="r" * 200)
    assert numbers(ledger) == [4, 5]


def test_log_lines_count_for_the_size_too():
    ledger = Ledger(size=1000)
    keep(ledger, 1)
    keep(ledger, 2)
    for _ in range(5):
        ledger.take(log_line("x" * 200, call=2))
    assert numbers(ledger) == [2]


def test_the_newest_call_is_kept_however_large_it_is():
    ledger = Ledger(size=100)
    keep(ledger, 1)
    keep(ledger, 2, arguments="a" * 5000)
    assert numbers(ledger) == [2]
    assert len(detail(ledger, 2).arguments) == 5000


def test_what_was_forgotten_gives_its_size_back():
    ledger = Ledger(calls=1, size=100_000)
    for number in range(1, 100):
        keep(ledger, number, arguments="a" * 5_000, result="r" * 5_000)
        ledger.take(log_line("x" * 5_000, call=number))
    keep(ledger, 100)
    assert ledger._bytes < 100


def test_only_the_first_lines_of_a_call_are_kept():
    ledger = Ledger()
    keep(ledger, 1)
    for number in range(KEPT_LINES + 50):
        ledger.take(log_line(str(number), call=1))
    logs = detail(ledger, 1).logs
    assert len(logs) == KEPT_LINES
    assert logs[-1].text == str(KEPT_LINES - 1)


def test_lines_outside_of_a_call_and_of_forgotten_calls_are_passed_over():
    ledger = Ledger(calls=1)
    keep(ledger, 1)
    keep(ledger, 2)
    ledger.take(log_line("x", call=None))
    ledger.take(log_line("x", call=1))
    ledger.ended(make_call(1), text_result("late"), finished())
    assert detail(ledger, 2).logs == ()
    assert ledger.detail(1) is None


def test_the_newest_calls_are_listed_oldest_first():
    ledger = Ledger()
    for number in range(1, 6):
        keep(ledger, number)
    assert [view.call for view in ledger.last(2)] == [4, 5]
    assert ledger.last(0) == ()
