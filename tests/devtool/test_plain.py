import typing

import msgspec
import pytest

from micro import events as e
from micro.snapshots import CallView, HostView, ServiceView, Snapshot
from micro_devtool.plain import describe, describe_failure, events_in

ERROR = e.LoadError(file="orders.py", line=14, message="NameError: name 'Decimal' is not defined")

CASES: list[tuple[e.AnyEvent, str]] = [
    (
        e.CallStarted(
            call=12,
            trace_id="t",
            tool="users.get",
            door="stdio",
            client="claude-code",
            subject="local",
            arguments='{"id":"u-1"}',
        ),
        'call      #12 users.get {"id":"u-1"} from claude-code by stdio',
    ),
    (
        e.CallFinished(call=12, outcome="ok", duration=0.0031, generation=1),
        "ok        #12 users.get 3.10 ms",
    ),
    (
        e.CallFinished(call=12, outcome="refused", duration=0, generation=0, reason="no scope"),
        "refused   #12 users.get 0.00 ms: no scope",
    ),
    (
        e.CallFinished(
            call=12, outcome="error", duration=0, generation=2, reason="exception", said="Gone: it"
        ),
        "error     #12 users.get 0.00 ms: exception: Gone: it",
    ),
    (
        e.LogWritten(service="users", call=3, level="INFO", logger="users.db", text="made it"),
        "log       #3 users INFO users.db: made it",
    ),
    (
        e.LogWritten(service="users", call=None, level="ERROR", logger="", text="at import"),
        "log       users ERROR : at import",
    ),
    (
        e.ServiceLoaded(
            service="users",
            generation=2,
            file="users.py",
            tools=("get", "add"),
            duration=0.0412,
            changes=("get: description changed",),
        ),
        "loaded    users, generation 2, 2 tools, 41.2 ms; get: description changed",
    ),
    (e.ServiceRemoved(service="users"), "removed   users"),
    (e.ToolsChanged(tools=1), "tools     clients see 1 tool now"),
    (e.ListChanged(kind="resource", count=2), "list      clients see 2 resources now"),
    (
        e.ResourceUpdated(service="travel", uri="travel://cities"),
        "resource  travel://cities of travel has other content",
    ),
    (
        e.ToolsListed(
            door="http", client="cursor", client_version="", protocol="", subject="kim", tools=2
        ),
        "list      cursor by http was given 2 tools",
    ),
    (
        e.BreakerChanged(tool="users.get", state="open", failures=5),
        "breaker   users.get is open now after 5 failures in a row",
    ),
    (
        e.BreakerChanged(tool="users.get", state="closed", failures=0),
        "breaker   users.get is closed now",
    ),
    (
        e.ApprovalAsked(call=3, tool="users.delete", subject="ada"),
        "approve   #3 users.delete for ada waits: micro approve 3",
    ),
    (
        e.ApprovalDecided(call=3, allowed=False, by=""),
        "approve   #3 not allowed by nobody",
    ),
    (e.HostStarted(pid=7), "host      process 7 takes calls"),
    (
        e.HostStarted(pid=8, replaces=7),
        "host      process 8 takes calls in the place of 7",
    ),
    (
        e.HostExited(pid=7, status="killed by SIGSEGV", calls=2),
        "host      process 7 ended: killed by SIGSEGV; 2 calls in it failed",
    ),
    (
        e.ClientConnected(connection="c1", door="stdio", client="claude"),
        "client    claude came by stdio",
    ),
    (e.ClientDisconnected(connection="c1"), "client    c1 left"),
    (
        e.RuntimeStarted(addresses=("http://127.0.0.1:3000",)),
        "ready     http://127.0.0.1:3000/mcp",
    ),
]


@pytest.mark.parametrize(("event", "text"), CASES, ids=lambda value: type(value).__name__)
def test_an_event_is_one_line_after_its_time(event: e.AnyEvent, text: str):
    line = describe(event, tool="users.get").text
    assert "\n" not in line
    assert line[12:].strip() == text


def test_a_failed_load_says_where_why_and_what_serves():
    event = e.ServiceFailed(service="orders", error=ERROR, serving=3)
    assert describe(event).text == (
        "micro: orders.py:14 does not load: NameError: name 'Decimal' is not defined\n"
        "  still serving generation 3; save the file again to retry"
    )


def test_a_first_load_that_fails_claims_no_generation_and_shows_the_frames():
    error = msgspec.structs.replace(ERROR, line=None, frames='File "orders.py"\n  Decimal(1)')
    text = describe(e.ServiceFailed(service="orders", error=error)).text
    assert text.splitlines() == [
        "micro: orders.py does not load: NameError: name 'Decimal' is not defined",
        '  File "orders.py"',
        "    Decimal(1)",
        "  save the file again to retry",
    ]


def test_a_failure_has_each_line_of_its_message_and_the_mend_below():
    error = msgspec.structs.replace(ERROR, message="the example is wrong:\n- no a", mend="add a")
    assert describe_failure(error).splitlines() == [
        "micro: orders.py:14 does not load: the example is wrong:",
        "  - no a",
        "  add a",
    ]


def test_a_problem_has_its_mend_below():
    event = e.ProblemFound(message="the audit log is locked", mend="close what holds it")
    assert describe(event).text == "micro: the audit log is locked\n  close what holds it"


def test_every_kind_of_event_has_its_words():
    known = {type(event) for event, _ in CASES} | {e.ServiceFailed, e.ProblemFound}
    assert known == set(typing.get_args(e.AnyEvent))


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nb", "\u202e", "\x07", "\u200b", "\r"])
def test_text_from_outside_cannot_steer_the_terminal(text: str):
    event = e.LogWritten(service=text, call=1, level=text, logger=text, text=text)
    assert describe(event).text.isprintable()
    failed = e.ServiceFailed(
        service=text, error=e.LoadError(file=text, line=1, message=text, frames=text)
    )
    assert all(line.isprintable() for line in describe(failed).text.splitlines())


def test_a_reader_who_comes_late_is_told_what_led_here():
    service = ServiceView(
        name="orders",
        version="",
        description="",
        generation=3,
        state="failed",
        loaded_at=5.0,
        load_duration=0.1,
        file="orders.py",
        error=ERROR,
        changes=(),
        tools=(),
    )
    seen = CallView(
        call=1,
        time=2.0,
        tool="orders.list",
        door="stdio",
        client="",
        subject="local",
        trace_id="t",
        arguments="{}",
    )
    snapshot = Snapshot(
        project="/p",
        name="p",
        pid=1,
        version="0",
        started_at=1.0,
        addresses=("http://x",),
        host=HostView(pid=9, state="serving"),
        hosts=(HostView(pid=9, state="serving"),),
        services=(service,),
        calls=(seen, msgspec.structs.replace(seen, outcome="ok", duration=0.5)),
        logs=(),
        clients=(),
        problems=(e.ProblemFound(message="m"),),
    )
    kinds = [type(event) for event in events_in(snapshot)]
    assert kinds == [
        e.RuntimeStarted,
        e.HostStarted,
        e.ServiceLoaded,
        e.ServiceFailed,
        e.CallStarted,
        e.CallStarted,
        e.CallFinished,
        e.ProblemFound,
    ]
